package web

// AddTrailer puts a field behind the body, if that ends with a trailer section on this connection (RFC 9112, 7.1.2); its bytes must
// stay as they are until the answer has ended.
func (x *Exchange) AddTrailer(h Header) { x.trailers = append(x.trailers, h) }

// Trailers are the fields behind the body, as far as they are known.
func (x *Exchange) Trailers() []Header { return x.trailers }

// endChunks ends a chunked body with its trailer section.
func (x *Exchange) endChunks() {
	x.out = append(x.out, "0\r\n"...)
	for i := range x.trailers {
		x.out = append(append(x.out, x.trailers[i].Name...), ": "...)
		x.out = append(append(x.out, x.trailers[i].Value...), "\r\n"...)
	}
	x.out = append(x.out, "\r\n"...)
}
