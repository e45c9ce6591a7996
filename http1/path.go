package http1

// NormalizePath appends to dst the path that raw means: %XX decoded, "/./" and "/../" resolved, with mergeSlashes "//"
// made one, '?' or '#' and what follows left out. Once dst has room it does not allocate. The error is ErrBadPath: a bad
// escape, %00, or a way up from the root.
func NormalizePath(dst, raw []byte, mergeSlashes bool) ([]byte, error) {
	const (
		usual  = iota
		slash  // behind a slash
		dot    // behind "/."
		dotDot // behind "/.."
	)
	base := len(dst)
	if len(raw) == 0 || raw[0] == '?' {
		dst = append(dst, '/')
	}
	state := usual
path:
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c == '?' || c == '#' {
			break
		}
		if c == '%' {
			if i+2 >= len(raw) {
				return dst[:base], ErrBadPath
			}
			hi, lo := hexDigit(raw[i+1]), hexDigit(raw[i+2])
			if hi|lo > 15 {
				return dst[:base], ErrBadPath
			}
			i += 2
			c = hi<<4 | lo
			switch c {
			case 0:
				return dst[:base], ErrBadPath
			case '%', '#', '?': // stand for themselves, whatever came before
				state = usual
				dst = append(dst, c)
				continue path
			}
		}
		switch {
		case c == '/':
			switch state {
			case usual:
				dst = append(dst, c)
			case slash:
				if !mergeSlashes {
					dst = append(dst, c)
				}
			case dot:
				dst = dst[:len(dst)-1]
			case dotDot:
				var ok bool
				if dst, ok = parent(dst, base); !ok {
					return dst[:base], ErrBadPath
				}
			}
			state = slash
			continue
		case c == '.' && state == slash:
			state = dot
		case c == '.' && state == dot:
			state = dotDot
		default:
			state = usual
		}
		dst = append(dst, c)
	}
	switch state {
	case dot:
		dst = dst[:len(dst)-1]
	case dotDot:
		var ok bool
		if dst, ok = parent(dst, base); !ok {
			return dst[:base], ErrBadPath
		}
	}
	return dst, nil
}

// parent cuts "name/.." off the end of the path that starts at base.
func parent(dst []byte, base int) ([]byte, bool) {
	for u := len(dst) - 4; u >= base; u-- {
		if dst[u] == '/' {
			return dst[:u+1], true
		}
	}
	return dst, false
}
