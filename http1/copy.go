package http1

// CopyFrom makes r equal to from, with headers of its own, so that either can be reset without the other.
func (r *Request) CopyFrom(from *Request) {
	h, g := r.Headers[:0], r.Ignored[:0]
	*r = *from
	r.Headers = append(h, from.Headers...)
	r.Ignored = append(g, from.Ignored...)
}
