// Package securelink is nginx's ngx_http_secure_link_module: links that carry a hash of themselves and of a secret.
package securelink

import (
	"bytes"
	"crypto/md5"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"strconv"

	"understudy/config"
	"understudy/vars"
	"understudy/web"
)

// Settings of ngx_http_secure_link_module.
type Settings struct {
	// Link is the hash that the request brought, and with a comma the time until which it holds.
	Link value `nginx:"secure_link" in:"http server location"`
	// MD5 is the text that the hash must be of.
	MD5 value `nginx:"secure_link_md5" in:"http server location"`
	// Secret is for links of the form /PREFIX/HASH/LINK, whose hash is that of LINK and the secret.
	Secret secret `nginx:"secure_link_secret" in:"http server location" args:"1"`
}

var conf = config.Declare[Settings]("ngx_http_secure_link_module")

// Module is ngx_http_secure_link_module.
var Module = &web.Module{Settings: conf, Variables: []vars.Def{
	{Name: "secure_link", Cached: true, Get: func(s vars.Subject, dst []byte) ([]byte, bool) {
		x := s.(*web.Exchange)
		c := conf.Of(x.Location.Block)
		if c.Secret.set {
			return c.old(x, dst)
		}
		return c.check(x, dst)
	}},
	{Name: "secure_link_expires", Cached: true, Get: func(s vars.Subject, dst []byte) ([]byte, bool) {
		st, ok := slot.Have(s.(*web.Exchange))
		if !ok {
			return dst, false
		}
		return append(dst, st.expires...), true
	}},
}}

// state keeps the time that a link brought, as text.
type state struct{ expires []byte }

var slot = web.NewSlot[state]()

// value is a vars.Value that knows whether it was given in its own block.
type value struct {
	vars.Value
	own bool
}

// Parse implements config.Option.
func (o *value) Parse(c *config.Call) error {
	o.own = true
	return o.Value.Parse(c)
}

// secret is the old form's; Merge decides whether it is inherited.
type secret struct {
	set  bool
	text []byte
}

// Parse implements config.Option.
func (o *secret) Parse(c *config.Call) error {
	if o.set {
		return c.Duplicate()
	}
	o.set, o.text = true, []byte(c.Args[0])
	return nil
}

// Merge keeps the two forms apart.
func (s *Settings) Merge(parent *Settings, b *config.Block) error {
	switch {
	case s.Secret.set && (s.Link.own || s.MD5.own):
		return b.Errorf(`"secure_link_secret" cannot be mixed with "secure_link" and "secure_link_md5"`)
	case s.Secret.set || parent == nil:
	case !s.Link.IsSet() && !s.MD5.IsSet():
		s.Secret = parent.Secret
	}
	return nil
}

// check is the hash of secure_link_md5's text: "1" if it is right, "0" if its time is over, nothing if it is wrong.
func (s *Settings) check(x *web.Exchange, dst []byte) ([]byte, bool) {
	if !s.Link.IsSet() || !s.MD5.IsSet() {
		return dst, false
	}
	st := x.VarState()
	link := s.Link.Append(st.Scratch(), x)
	defer func() { st.PutScratch(link) }()
	text, until, timed := bytes.Cut(link, []byte(","))
	expires := int64(0)
	if timed {
		var err error
		if expires, err = strconv.ParseInt(string(until), 10, 64); err != nil || expires <= 0 || until[0] == '+' {
			return dst, false
		}
		own := slot.Of(x)
		own.expires = append(own.expires[:0], until...)
	}
	if i := bytes.IndexByte(text, '='); i >= 0 && len(text) <= 24 {
		text = text[:i]
	}
	var given [18]byte
	if len(text) > 24 || len(text) != base64.RawURLEncoding.EncodedLen(md5.Size) {
		return dst, false
	}
	if n, err := base64.RawURLEncoding.Decode(given[:], text); err != nil || n != md5.Size {
		return dst, false
	}
	plain := s.MD5.Append(st.Scratch(), x)
	sum := md5.Sum(plain)
	st.PutScratch(plain)
	switch {
	case subtle.ConstantTimeCompare(given[:md5.Size], sum[:]) == 0:
		return dst, false
	case timed && expires < x.Loop().Now()/1000:
		return append(dst, '0'), true
	}
	return append(dst, '1'), true
}

// old is the part of the request's target behind the hash, if that is right.
func (s *Settings) old(x *web.Exchange, dst []byte) ([]byte, bool) {
	target := x.Target()
	if len(target) == 0 {
		return dst, false
	}
	_, rest, ok := bytes.Cut(target[1:], []byte("/"))
	if !ok {
		return dst, false
	}
	text, link, ok := bytes.Cut(rest, []byte("/"))
	var given [md5.Size]byte
	if !ok || len(text) != 2*md5.Size || len(link) == 0 {
		return dst, false
	}
	if _, err := hex.Decode(given[:], text); err != nil {
		return dst, false
	}
	h := md5.New()
	h.Write(link)
	h.Write(s.Secret.text)
	if subtle.ConstantTimeCompare(given[:], h.Sum(nil)) == 0 {
		return dst, false
	}
	return append(dst, link...), true
}
