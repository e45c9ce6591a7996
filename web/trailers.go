package web

// EndChunks ends a chunked body with trailer fields (RFC 9112, 7.1.2), for the last body filter before the client: what Flush
// then sends has its end already. It does nothing for a body that is not chunked.
func (x *Exchange) EndChunks(fields []Header) {
	if x.front != nil {
		x.trailers = fields
		return
	}
	if !x.chunked {
		return
	}
	x.chunked = false
	x.out = append(x.out, "0\r\n"...)
	for i := range fields {
		x.out = append(append(x.out, fields[i].Name...), ": "...)
		x.out = append(append(x.out, fields[i].Value...), "\r\n"...)
	}
	x.out = append(x.out, "\r\n"...)
}
