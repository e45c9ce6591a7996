package web

// EndChunks ends a chunked body with trailer fields (RFC 9112, 7.1.2), behind those that AddTrailer was given; for the last body
// filter before the client: what Flush then sends has its end already. A body that is not chunked goes without.
func (x *Exchange) EndChunks(fields []Header) {
	x.trailers = append(x.trailers, fields...)
	if x.front != nil || !x.chunked {
		return
	}
	x.chunked = false
	x.out = append(x.out, "0\r\n"...)
	for i := range x.trailers {
		x.out = append(append(x.out, x.trailers[i].Name...), ": "...)
		x.out = append(append(x.out, x.trailers[i].Value...), "\r\n"...)
	}
	x.out = append(x.out, "\r\n"...)
}

// AddTrailer puts a field behind the body, if that ends with a trailer section on this connection; its bytes must stay as they are
// until the answer has ended.
func (x *Exchange) AddTrailer(h Header) { x.trailers = append(x.trailers, h) }

// Trailers are the fields behind the body.
func (x *Exchange) Trailers() []Header { return x.trailers }
