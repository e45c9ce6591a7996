package userid

import (
	"encoding/base64"
	"encoding/binary"
	"os"
	"sync/atomic"
	"time"

	"understudy/config"
	"understudy/errlog"
	"understudy/http1"
	"understudy/web"
)

// uid is a client's number: server or service, time, process, sequence, four bytes each, as they stand in the cookie.
type uid [16]byte

// known tells a number from none: its sequence is never 0.
func (u *uid) known() bool { return binary.LittleEndian.Uint32(u[12:]) != 0 }

// visit is what is known of the client of one request.
type visit struct {
	got, set uid
	cookie   []byte // as the client sent it
	reset    bool
}

var visits = web.NewSlot[visit]()

// encoded is how much of the cookie is the number; what follows is a mark, or whatever padding clients made of it.
const encoded = 22

// visitOf reads the cookie of a request, once.
func (s *Settings) visitOf(x *web.Exchange) *visit {
	if v, ok := visits.Have(x); ok {
		return v
	}
	v := visits.Of(x)
	*v = visit{}
	value, field, ok := x.Cookie(s.Name.S())
	if !ok {
		return v
	}
	v.cookie = value
	if len(value) < encoded {
		x.Errorf(errlog.Error, "client sent too short userid cookie \"%s\"", field)
		return v
	}
	raw, ok := http1.DecodeBase64(value[:encoded])
	if !ok || len(raw) == 0 {
		x.Errorf(errlog.Error, "client sent invalid userid cookie \"%s\"", field)
		return v
	}
	copy(v.got[:], raw)
	return v
}

// The parts of new numbers that the process has: when it started, and sequences.
var (
	startValue = uint32(time.Now().Nanosecond()/1000/20)<<16 | uint32(os.Getpid())
	sequence1  atomic.Uint32
	sequence2  atomic.Uint32
)

// nextSequence counts up by 0x100 from first, and begins again when the counter overflows.
func nextSequence(counter *atomic.Uint32, first uint32) uint32 {
	for {
		if n := first + (counter.Add(0x100) - 0x100); n >= first {
			return n
		}
		counter.Store(0)
	}
}

// create gives the client a number to set, if it needs one.
func (s *Settings) create(x *web.Exchange, v *visit) {
	if v.set.known() {
		return
	}
	if v.got.known() {
		reset, _ := config.Value(x.Location.Block, resetKey).Append(x, nil)
		if len(reset) == 0 || string(reset) == "0" {
			if s.Mark.c != 0 && !(len(v.cookie) > encoded+1 && v.cookie[encoded] == s.Mark.c && v.cookie[encoded+1] == '=') {
				v.set = v.got
			}
			return
		}
		v.reset = true
		if string(reset) == "log" {
			x.Errorf(errlog.Notice, "userid cookie \"%s\" was reset", appendUID(nil, s, &v.got))
		}
	}
	now := uint32(x.Loop().Now() / 1000)
	if s.On.Index() == v1 {
		var service uint32
		if s.Service.IsSet() {
			service = uint32(s.Service.N())
		}
		v.set = number(binary.LittleEndian, service, now, startValue, nextSequence(&sequence1, 1))
		return
	}
	v.set = number(binary.BigEndian, 0, now, startValue, nextSequence(&sequence2, 0x03030302))
	switch {
	case s.Service.IsSet():
		binary.BigEndian.PutUint32(v.set[:], uint32(s.Service.N()))
	case !x.Conn().IsUnix():
		local := x.Conn().Local().Addr().AsSlice()
		copy(v.set[:4], local[len(local)-4:])
	}
}

func number(order binary.ByteOrder, parts ...uint32) (u uid) {
	for i, p := range parts {
		order.PutUint32(u[4*i:], p)
	}
	return u
}

type filter struct{ s *Settings }

var (
	setCookie = []byte("Set-Cookie")
	p3p       = []byte("P3P")
)

// Head implements web.Filter.
func (f filter) Head(x *web.Exchange) (web.Body, error) {
	if !x.IsMain() {
		return nil, nil
	}
	s := f.s
	v := s.visitOf(x)
	s.create(x, v)
	if !v.set.known() {
		return nil, nil
	}
	st := x.VarState()
	b := s.appendCookie(st.Scratch(), v, x.Loop().Now()/1000)
	x.Out.Add(http1.HdrSetCookie, setCookie, st.Keep(b))
	st.PutScratch(b)
	if s.P3P.text != "" {
		x.Out.Add(http1.HdrNone, p3p, []byte(s.P3P.text))
	}
	return nil, nil
}

// forever is the last time that old browsers understood.
const forever = "Thu, 31-Dec-37 23:55:55 GMT"

// appendCookie appends the value of Set-Cookie; now is in Unix seconds.
func (s *Settings) appendCookie(b []byte, v *visit, now int64) []byte {
	b = append(append(b, s.Name.S()...), '=')
	if !v.got.known() || v.reset {
		b = base64.StdEncoding.AppendEncode(b, v.set[:])
		if s.Mark.c != 0 {
			b[len(b)-2] = s.Mark.c
		}
	} else {
		b = append(append(b, v.cookie[:encoded]...), s.Mark.c, '=')
	}
	switch {
	case s.Expires.max:
		b = append(b, "; expires="+forever...)
	case s.Expires.seconds != 0:
		b = append(b, "; expires="...)
		at := time.Unix(now+s.Expires.seconds, 0).UTC()
		layout := "Mon, 02-Jan-06 15:04:05 GMT"
		if at.Year() > 2037 {
			layout = "Mon, 02-Jan-2006 15:04:05 GMT"
		}
		b = at.AppendFormat(b, layout)
	}
	b = append(append(b, s.Domain.text...), s.path()...)
	for _, flag := range [...]string{"secure", "httponly", "samesite=strict", "samesite=lax", "samesite=none"} {
		if s.Flags.Has(flag) {
			b = append(append(b, "; "...), flag...)
		}
	}
	return b
}

// appendUID appends NAME=NUMBER as the variables show it: the words of a little-endian machine, in hexadecimal.
func appendUID(b []byte, s *Settings, u *uid) []byte {
	const digits = "0123456789ABCDEF"
	b = append(append(b, s.Name.S()...), '=')
	for i := 0; i < len(u); i += 4 {
		for j := 3; j >= 0; j-- {
			b = append(b, digits[u[i+j]>>4], digits[u[i+j]&15])
		}
	}
	return b
}

// appendGot is $uid_got.
func appendGot(x *web.Exchange, dst []byte) ([]byte, bool) {
	s := conf.Of(x.Location.Block)
	if s.On.Is("off") {
		return dst, false
	}
	v := s.visitOf(x)
	if !v.got.known() {
		return dst, false
	}
	return appendUID(dst, s, &v.got), true
}

// appendSet is $uid_set.
func appendSet(x *web.Exchange, dst []byte) ([]byte, bool) {
	s := conf.Of(x.Location.Block)
	if s.On.Index() < v1 {
		return dst, false
	}
	v := s.visitOf(x)
	s.create(x, v)
	if !v.set.known() {
		return dst, false
	}
	return appendUID(dst, s, &v.set), true
}
