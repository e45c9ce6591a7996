package http1

// hostParts is where the parts of a valid host are.
type hostParts struct {
	end   int // length of the name: without port and trailing dot
	upper bool
	port  uint16
}

// hostByte: bytes of a Host header outside brackets, ':' excepted.
var hostByte = func() (t [256]bool) {
	t = ipLiteralChar
	t[':'] = false
	t['%'] = true
	return t
}()

// hostPlain: bytes of a host that need no thought, inside and outside brackets.
var hostPlain = func() (t [256]bool) {
	t = hostByte
	t['%'], t['.'] = false, false
	for c := 'A'; c <= 'Z'; c++ {
		t[c] = false
	}
	return t
}()

// checkHost holds nginx's rules for the value of Host: unreserved characters, sub-delims and percent signs, or a bracketed
// literal; no two dots in a row; a port up to 65535, which may be empty; not an empty name.
func checkHost(h []byte) (hostParts, bool) {
	var r hostParts
	r.end = len(h)
	dot := -2
	i := 0
	literal := len(h) > 0 && h[0] == '['
	if literal {
		i = 1
	}
name:
	for ; i < len(h); i++ {
		c := h[i]
		if hostPlain[c] {
			continue
		}
		switch {
		case c == '.':
			if dot == i-1 {
				return r, false
			}
			dot = i
		case c-'A' <= 'Z'-'A':
			r.upper = true
		case literal && c == ']':
			break name
		case literal && !ipLiteralChar[c]:
			return r, false
		case literal:
		case c == ':':
			break name
		case !hostByte[c]:
			return r, false
		}
	}
	if literal {
		if i == len(h) {
			return r, false
		}
		i++
		if i < len(h) && h[i] != ':' {
			return r, false
		}
	}
	r.end = i
	if i < len(h) {
		port := 0
		for _, c := range h[i+1:] {
			if !isDigit(c) {
				return r, false
			}
			if port = port*10 + int(c-'0'); port > 65535 {
				return r, false
			}
		}
		r.port = uint16(port)
	}
	if dot == r.end-1 {
		r.end--
	}
	return r, r.end > 0
}

// ValidHost checks the value of a Host header as nginx does and appends its name to dst: lower-cased, without port and
// trailing dot. port is 0 if there is none. The error is ErrBadHost.
func ValidHost(dst, host []byte) (name []byte, port uint16, err error) {
	h, ok := checkHost(host)
	if !ok {
		return dst, 0, ErrBadHost
	}
	dst = append(dst, host[:h.end]...)
	if h.upper {
		name := dst[len(dst)-h.end:]
		for i, c := range name {
			if c-'A' <= 'Z'-'A' {
				name[i] = c | 0x20
			}
		}
	}
	return dst, h.port, nil
}
