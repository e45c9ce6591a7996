package proxy

import (
	"strings"

	"understudy/ascii"
	"understudy/config"
	"understudy/vars"
	"understudy/web"
)

// cookieFlags is `proxy_cookie_flags off | COOKIE [FLAG …]`: COOKIE may be a regex behind "~", and flags may hold variables.
type cookieFlags struct {
	own  bool
	off  bool
	list []flagRule
}

type flagRule struct {
	name  *vars.Value
	regex *vars.Regex
	flags []*vars.Value
}

// flagSet is what is to become of a cookie's attributes.
type flagSet uint16

const (
	secureOn flagSet = 1 << iota
	secureOff
	httpOnlyOn
	httpOnlyOff
	sameSiteStrict
	sameSiteLax
	sameSiteNone
	sameSiteOff
)

var flagNames = [...]struct {
	name string
	flag flagSet
}{
	{"secure", secureOn}, {"nosecure", secureOff}, {"httponly", httpOnlyOn}, {"nohttponly", httpOnlyOff},
	{"samesite=strict", sameSiteStrict}, {"samesite=lax", sameSiteLax}, {"samesite=none", sameSiteNone}, {"nosamesite", sameSiteOff},
}

func (o *cookieFlags) Parse(c *config.Call) error {
	if o.off {
		return c.Duplicate()
	}
	if len(c.Args) == 1 {
		switch {
		case c.Args[0] != "off":
			return c.Errorf("invalid parameter \"%s\"", c.Args[0])
		case o.own:
			return c.Duplicate()
		}
		o.own, o.off = true, true
		return nil
	}
	o.own = true
	var r flagRule
	var err error
	if pattern, ok := strings.CutPrefix(c.Args[0], "~"); ok {
		if r.regex, err = vars.TableOf(c.Block).Regex(pattern, true); err != nil {
			return c.Errorf("%s", err)
		}
	} else if r.name, err = vars.Compile(c, c.Args[0]); err != nil {
		return err
	}
	for _, arg := range c.Args[1:] {
		v, err := vars.Compile(c, arg)
		if err != nil {
			return err
		}
		r.flags = append(r.flags, v)
	}
	o.list = append(o.list, r)
	return nil
}

func (o *cookieFlags) Inherit(parent config.Option) {
	if p := parent.(*cookieFlags); !o.own {
		o.list, o.off = p.list, p.off
	}
}

// of gives the flags of the first rule for this cookie; names of flags that do not exist count for nothing. The error, which has been
// reported, is that of a regex that cannot be matched.
func (o *cookieFlags) of(x *web.Exchange, cookie []byte) (set flagSet, err error) {
	for i := range o.list {
		r := &o.list[i]
		if r.regex != nil {
			ok, err := r.regex.Exec(x, cookie)
			if err != nil {
				return 0, err
			}
			if !ok {
				continue
			}
		} else if name := r.name.Bytes(x); !ascii.EqualFold(name, cookie) {
			continue
		}
		for _, v := range r.flags {
			text := v.Bytes(x)
			for j := range flagNames {
				if ascii.EqualFold(text, flagNames[j].name) {
					set |= flagNames[j].flag
				}
			}
		}
		break
	}
	return set, nil
}

// apply edits a cookie's attributes (ngx_http_proxy_edit_cookie_flags).
func (f flagSet) apply(parts []attribute) []attribute {
	for i := range parts[1:] {
		a := &parts[1+i]
		switch {
		case a.is("secure"):
			f = f.present(a, secureOn, secureOff)
		case a.is("httponly"):
			f = f.present(a, httpOnlyOn, httpOnlyOff)
		case a.is("samesite"):
			if want, text := f.sameSite(); want != 0 {
				f &^= want
				if !ascii.EqualFold(a.value, text) {
					a.name, a.value, a.valued = []byte("SameSite"), []byte(text), true
				}
			} else if f&sameSiteOff != 0 {
				a.gone = true
			}
		}
	}
	if f&secureOn != 0 {
		parts = append(parts, attribute{name: []byte("Secure")})
	}
	if f&httpOnlyOn != 0 {
		parts = append(parts, attribute{name: []byte("HttpOnly")})
	}
	if want, text := f.sameSite(); want != 0 {
		parts = append(parts, attribute{name: []byte("SameSite"), value: []byte(text), valued: true})
	}
	return parts
}

// present deals with an attribute that is there already.
func (f flagSet) present(a *attribute, on, off flagSet) flagSet {
	if f&on != 0 {
		return f &^ on
	}
	a.gone = a.gone || f&off != 0
	return f
}

// sameSite is the SameSite that is wanted, the strictest one.
func (f flagSet) sameSite() (flagSet, string) {
	switch {
	case f&sameSiteStrict != 0:
		return sameSiteStrict, "Strict"
	case f&sameSiteLax != 0:
		return sameSiteLax, "Lax"
	case f&sameSiteNone != 0:
		return sameSiteNone, "None"
	}
	return 0, ""
}
