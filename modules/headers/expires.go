package headers

import (
	"strconv"
	"strings"
	"time"

	"understudy/config"
	"understudy/http1"
	"understudy/vars"
	"understudy/web"
)

// expiresOption is `expires [modified] TIME`, `expires epoch|max|off`.
type expiresOption struct {
	expiry
	value *vars.Value // with variables: expiry is read from it for each answer
}

// expiry is a time to expire at.
type expiry struct {
	kind    expiryKind
	seconds int64
}

type expiryKind uint8

const (
	unset expiryKind = iota
	off
	epoch
	forever
	sinceAccess
	sinceModified
	daily
)

func (o *expiresOption) off() bool { return o.kind == unset || o.kind == off }

func (o *expiresOption) Parse(c *config.Call) error {
	if o.kind != unset {
		return c.Duplicate()
	}
	o.kind = sinceAccess
	if len(c.Args) == 2 {
		if c.Args[0] != "modified" {
			return c.Invalid()
		}
		o.kind = sinceModified
	}
	value, err := vars.Compile(c, c.Args[len(c.Args)-1])
	if err != nil {
		return err
	}
	text, static := value.Static()
	if !static {
		o.value = value
		return nil
	}
	if wrong := o.read(text); wrong != "" {
		return c.Errorf(`"%s" directive %s`, c.Name, wrong)
	}
	return nil
}

// Inherit implements config.Inheriting.
func (o *expiresOption) Inherit(parent config.Option) {
	if o.kind == unset {
		*o = *parent.(*expiresOption)
	}
}

// read takes a time from a text; it says what is wrong with it.
func (e *expiry) read(text string) (wrong string) {
	if e.kind != sinceModified {
		switch text {
		case "epoch":
			e.kind = epoch
			return ""
		case "max":
			e.kind = forever
			return ""
		case "off":
			e.kind = off
			return ""
		}
	}
	minus := false
	switch {
	case strings.HasPrefix(text, "@"):
		if e.kind == sinceModified {
			return `daily time cannot be used with "modified" parameter`
		}
		text, e.kind = text[1:], daily
	case strings.HasPrefix(text, "+"):
		text = text[1:]
	case strings.HasPrefix(text, "-"):
		text, minus = text[1:], true
	}
	seconds, ok := config.ParseSeconds(text)
	switch {
	case !ok:
		return "invalid value"
	case e.kind == daily && seconds > 24*60*60:
		return "daily time value must be less than 24 hours"
	case minus:
		seconds = -seconds
	}
	e.seconds = seconds
	return ""
}

var (
	expiresName      = []byte("Expires")
	cacheControlName = []byte("Cache-Control")
	epochDate        = []byte("Thu, 01 Jan 1970 00:00:01 GMT")
	foreverDate      = []byte("Thu, 31 Dec 2037 23:55:55 GMT")
	noCache          = []byte("no-cache")
	tenYears         = []byte("max-age=315360000")
	maxAgeZero       = []byte("max-age=0")
)

// apply sets Expires and the one Cache-Control of the answer.
func (o *expiresOption) apply(x *web.Exchange) {
	e := o.expiry
	if o.value != nil {
		if e.read(string(o.value.Bytes(x))) != "" {
			return
		}
	}
	switch e.kind {
	case unset, off:
		return
	case epoch:
		setExpires(x, epochDate, noCache)
		return
	case forever:
		setExpires(x, foreverDate, tenYears)
		return
	}
	now := x.Loop().Now() / 1000
	var at, age int64
	switch {
	case e.seconds == 0 && e.kind != daily:
		setExpires(x, date(x, now), maxAgeZero)
		return
	case e.kind == daily:
		at = nextTime(now, e.seconds)
		age = at - now
	case e.kind == sinceModified && x.Out.ModifiedAt() >= 0:
		at = x.Out.ModifiedAt() + e.seconds
		age = at - now
	default:
		at, age = now+e.seconds, e.seconds
	}
	if o.seconds < 0 || age < 0 {
		setExpires(x, date(x, at), noCache)
		return
	}
	var b [32]byte
	setExpires(x, date(x, at), x.VarState().Keep(strconv.AppendInt(append(b[:0], "max-age="...), age, 10)))
}

func date(x *web.Exchange, at int64) []byte {
	var b [40]byte
	return x.VarState().Keep(http1.AppendDate(b[:0], at))
}

func setExpires(x *web.Exchange, expires, control []byte) {
	setField(x, http1.HdrExpires, expiresName, expires)
	first := true
	kept := x.Out.Headers[:0]
	for _, h := range x.Out.Headers {
		if h.ID == http1.HdrCacheControl {
			if !first {
				continue
			}
			first = false
			h.Value = control
		}
		kept = append(kept, h)
	}
	x.Out.Headers = kept
	if first {
		x.Out.Add(http1.HdrCacheControl, cacheControlName, control)
	}
}

// nextTime is the next moment at which the local clock shows so many seconds since midnight.
func nextTime(now, seconds int64) int64 {
	t := time.Unix(now, 0)
	at := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, int(seconds), 0, t.Location())
	if next := at.Unix(); next > now {
		return next
	}
	return time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, int(seconds), 0, t.Location()).Unix()
}
