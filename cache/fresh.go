package cache

import (
	"math"
	"strconv"

	"understudy/ascii"
	"understudy/http1"
)

// Ignored are the answer headers that a location does not heed (`*_ignore_headers`).
type Ignored struct{ XAccelExpires, Expires, CacheControl, SetCookie, Vary bool }

// Verdict is what an answer's head says about keeping it.
type Verdict struct {
	Never       bool  // it must not be kept
	ValidSec    int64 // Unix seconds; 0 = it does not say
	UpdatingSec int64
	ErrorSec    int64
	Vary        []byte

	noCache bool
	expired bool
	accel   bool // X-Accel-Expires was seen
	never   bool
}

// Judge reads an answer's head; the fields count in the order in which they came, as in nginx. now is in Unix seconds, vary is memory
// to join several Vary fields in.
func Judge(r *http1.Response, text []byte, ignored Ignored, now int64, vary []byte) Verdict {
	var v Verdict
	varies := 0
	for i := range r.Headers {
		h := &r.Headers[i]
		if h.Invalid {
			continue
		}
		value := h.Value.Of(text)
		switch h.ID {
		case http1.HdrSetCookie:
			v.never = v.never || !ignored.SetCookie
		case http1.HdrXAccelExpires:
			v.accel = true
			if !ignored.XAccelExpires {
				v.accelExpires(value, now)
			}
		case http1.HdrCacheControl:
			if !ignored.CacheControl {
				v.cacheControl(value, now)
			}
		case http1.HdrExpires:
			if !ignored.Expires {
				v.expires(value, now)
			}
		case http1.HdrVary:
			if ignored.Vary {
				continue
			}
			if string(value) == "*" {
				v.never = true
			}
			if varies++; varies == 1 {
				v.Vary = value
				continue
			}
			if varies == 2 {
				vary = append(vary[:0], v.Vary...)
			}
			vary = append(append(vary, ", "...), value...)
			v.Vary = vary
		}
	}
	if len(v.Vary) > MaxVary {
		v.never = true
	}
	v.Never = v.never || v.noCache || v.expired
	return v
}

// accelExpires reads seconds, or @ and a time; 0 keeps the answer out of the cache.
func (v *Verdict) accelExpires(value []byte, now int64) {
	at := len(value) > 0 && value[0] == '@'
	if at {
		value = value[1:]
	}
	n, ok := digits(value)
	switch {
	case !ok:
		return
	case at:
		v.ValidSec = n
	case n == 0:
		v.never = true
		return
	default:
		v.ValidSec = now + n
	}
	v.noCache, v.expired = false, false
}

func (v *Verdict) cacheControl(value []byte, now int64) {
	if v.ValidSec == 0 || !v.accel {
		if after(value, "no-cache") != nil || after(value, "no-store") != nil || after(value, "private") != nil {
			v.noCache = true
			return
		}
		age := after(value, "s-maxage=")
		if age == nil {
			age = after(value, "max-age=")
		}
		if age != nil {
			n, ok := deltaSeconds(age)
			switch {
			case !ok:
				v.never = true
				return
			case n == 0:
				v.noCache = true
				return
			}
			v.ValidSec = now + min(n, math.MaxInt64-now)
			v.expired = false
		}
	}
	if p := after(value, "stale-while-revalidate="); p != nil {
		n, ok := deltaSeconds(p)
		if !ok {
			v.never = true
			return
		}
		v.UpdatingSec, v.ErrorSec = n, n
	}
	if p := after(value, "stale-if-error="); p != nil {
		n, ok := deltaSeconds(p)
		if !ok {
			v.never = true
			return
		}
		v.ErrorSec = n
	}
}

func (v *Verdict) expires(value []byte, now int64) {
	if v.ValidSec != 0 {
		return
	}
	at, ok := http1.ParseDate(value)
	if !ok || at < now {
		v.expired = true
		return
	}
	v.ValidSec = at
}

// after finds a word, in whatever case, and gives what follows it; nil if it is not there.
func after(value []byte, word string) []byte {
	if i := ascii.IndexFold(value, word); i >= 0 {
		return value[i+len(word):]
	}
	return nil
}

// deltaSeconds reads the number of seconds of a Cache-Control directive; what is too large counts as the largest.
func deltaSeconds(p []byte) (int64, bool) {
	const largest = math.MaxInt64 / 2 // so that a time can be added
	n := int64(0)
	for _, c := range p {
		if c == ',' || c == ';' || c == ' ' {
			break
		}
		if c < '0' || c > '9' {
			return 0, false
		}
		if n = n*10 + int64(c-'0'); n > largest/10 {
			return largest, true
		}
	}
	return n, true
}

func digits(p []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(p), 10, 64)
	return n, err == nil && p[0] != '+' && p[0] != '-'
}
