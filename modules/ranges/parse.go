package ranges

import "math"

// part is one range of bytes, end not included.
type part struct{ start, end int64 }

type outcome uint8

const (
	whole outcome = iota // answer with everything
	satisfied
	unsatisfiable
)

// parse reads a set of ranges ("0-99, -5") of a body of length bytes into b.list. Ranges are no longer kept once it is certain that they
// are not to be answered with, so that the list is not as long as the client likes; mistakes behind them count all the same.
func (b *body) parse(text []byte, length int64, limit int) outcome {
	b.list = b.list[:0]
	left := limit
	n, size := int64(0), int64(0)
	r := reader{text: text}
	for {
		p, ok := r.part(length)
		if !ok {
			return unsatisfiable
		}
		if p.start < p.end {
			if left == 0 {
				return whole
			}
			left--
			if size > math.MaxInt64-(p.end-p.start) {
				return unsatisfiable
			}
			n++
			size += p.end - p.start
			if n == 1 || !tooMuch(n, size, length, limit) {
				b.list = append(b.list, p)
			}
		} else if p.start == 0 {
			return whole
		}
		if r.next() != ',' {
			break
		}
		r.at++
	}
	switch {
	case n == 0:
		return unsatisfiable
	case n > 1 && tooMuch(n, size, length, limit):
		return whole
	}
	return satisfied
}

// tooMuch tells that n ranges of size bytes together are no less than the whole: they overlap, or would be with their heads, unless
// max_ranges says how many are welcome.
func tooMuch(n, size, length int64, limit int) bool {
	return size > length || limit == unlimited && size+n*256 > length+4096
}

type reader struct {
	text []byte
	at   int
}

// next is the byte that comes next, 0 at the end.
func (r *reader) next() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

func (r *reader) spaces() {
	for r.next() == ' ' {
		r.at++
	}
}

// number reads at least one digit.
func (r *reader) number() (n int64, ok bool) {
	for c := r.next(); '0' <= c && c <= '9'; c = r.next() {
		d := int64(c - '0')
		if n > (math.MaxInt64-d)/10 {
			return 0, false
		}
		n, ok = n*10+d, true
		r.at++
	}
	return n, ok
}

// atEnd tells that a range has ended.
func (r *reader) atEnd() bool { c := r.next(); return c == ',' || r.at >= len(r.text) }

// part reads `FIRST-LAST`, `FIRST-` or `-COUNT`, cut to the length of the body.
func (r *reader) part(length int64) (p part, ok bool) {
	r.spaces()
	suffix := r.next() == '-'
	if !suffix {
		if p.start, ok = r.number(); !ok {
			return p, false
		}
		r.spaces()
		if r.next() != '-' {
			return p, false
		}
	}
	r.at++
	if !suffix {
		r.spaces()
		if r.atEnd() {
			p.end = length
			return p, true
		}
	}
	if p.end, ok = r.number(); !ok {
		return p, false
	}
	r.spaces()
	if !r.atEnd() {
		return p, false
	}
	if suffix {
		p.start = max(length-p.end, 0)
		p.end = length - 1
	}
	if p.end >= length {
		p.end = length
	} else {
		p.end++
	}
	return p, true
}
