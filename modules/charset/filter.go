package charset

import (
	"bytes"
	"errors"

	"understudy/ascii"
	"understudy/errlog"
	"understudy/http1"
	"understudy/web"
)

// filter gives the answers of one location their charset.
type filter struct {
	s     *Settings
	known *charsets
}

// named is a charset as an answer or a setting names it; nil charset: one that is mentioned nowhere, so that there is no table.
type named struct {
	charset *charset
	name    []byte
}

// errNoVariable ends an answer whose charset is in a variable that has no value.
var errNoVariable = errors.New("the variable with the charset has no value")

// Head implements web.Filter (ngx_http_charset_header_filter).
func (f *filter) Head(x *web.Exchange) (web.Body, error) {
	o := &x.Out
	kind, present := split(o.ContentType)
	var to named
	var ok bool
	var err error
	if x.IsMain() {
		to, ok, err = f.wanted(x, present)
	} else {
		to.name = charsetOf(x.Main().Out.ContentType)
		ok = len(to.name) > 0
		to.charset = f.known.find(to.name)
	}
	if !ok || err != nil {
		return nil, err
	}
	from := named{f.known.find(present), present}
	if len(present) == 0 {
		if f.s.Source.off() {
			set(x, kind, to.name)
			return nil, nil
		}
		if from, err = f.value(x, &f.s.Source); err != nil {
			return nil, err
		}
	}
	if from.charset == nil || to.charset == nil {
		if from.charset != to.charset || !samePrefix(from.name, to.name) {
			f.missing(x, from, to)
		} else if len(o.ContentType) == len(kind) {
			set(x, kind, to.name)
		}
		return nil, nil
	}
	if from.charset == to.charset {
		set(x, kind, to.name)
		return nil, nil
	}
	if v, ok := o.Header(http1.HdrContentEncoding); ok && len(v) > 0 {
		return nil, nil
	}
	t := from.charset.tables[to.charset]
	if t == nil {
		f.missing(x, from, to)
		return nil, nil
	}
	set(x, kind, to.name)
	if x.IsMain() && (from.charset.utf8 || to.charset.utf8) {
		o.ClearLength()
	}
	return newBody(x, t), nil
}

// wanted is the charset that a client's answer is to have; false leaves the answer as it is.
func (f *filter) wanted(x *web.Exchange, present []byte) (to named, ok bool, err error) {
	o := &x.Out
	if len(o.ContentType) == 0 {
		return to, false, nil
	}
	if len(o.Charset) > 0 {
		to = named{f.known.find(o.Charset), o.Charset}
		if to.charset == nil {
			x.Errorf(errlog.Error, "unknown charset \"%s\" to override", o.Charset)
		}
		return to, to.charset != nil, nil
	}
	switch {
	case f.s.Charset.off(),
		len(present) > 0 && !f.s.Override.On(),
		len(present) == 0 && !f.s.Types.Match(o.ContentType):
		return to, false, nil
	}
	to, err = f.value(x, &f.s.Charset)
	return to, err == nil, err
}

// value is the charset that a setting names.
func (f *filter) value(x *web.Exchange, o *nameOption) (named, error) {
	if o.charset != nil {
		return named{o.charset, []byte(o.charset.name)}, nil
	}
	st := x.VarState()
	b, ok := o.variable.Append(x, st.Scratch())
	name := st.Keep(b)
	st.PutScratch(b)
	if !ok {
		return named{}, errNoVariable
	}
	return named{f.known.find(name), name}, nil
}

func (f *filter) missing(x *web.Exchange, from, to named) {
	x.Errorf(errlog.Error, "no \"charset_map\" between the charsets \"%s\" and \"%s\"", from.name, to.name)
}

// set names the charset in the answer's Content-Type; redirects and parts of other answers have none.
func set(x *web.Exchange, kind, name []byte) {
	if !x.IsMain() {
		return
	}
	st := x.VarState()
	b := append(st.Scratch(), kind...)
	if x.Out.Status != 301 && x.Out.Status != 302 && len(name) > 0 {
		b = append(append(b, "; charset="...), name...)
	}
	x.Out.ContentType = st.Keep(b)
	st.PutScratch(b)
}

// split cuts a Content-Type with a charset into the type and the charset; others stay whole.
func split(contentType []byte) (kind, charset []byte) {
	if charset = charsetOf(contentType); charset == nil {
		return contentType, nil
	}
	return bytes.TrimRight(contentType[:bytes.IndexByte(contentType, ';')], " "), charset
}

// charsetOf finds the charset parameter as nginx looks for it in an upstream's answer.
func charsetOf(contentType []byte) []byte {
	for rest := contentType; ; {
		i := bytes.IndexByte(rest, ';')
		if i < 0 {
			return nil
		}
		rest = bytes.TrimLeft(rest[i+1:], " ")
		if !ascii.HasPrefixFold(rest, "charset=") {
			continue
		}
		v := rest[len("charset="):]
		if len(v) > 0 && v[0] == '"' {
			v = v[1:]
		}
		if n := len(v); n > 0 && v[n-1] == '"' {
			v = v[:n-1]
		}
		return v
	}
}

// samePrefix compares as far as the longer may begin with the other, whatever the case.
func samePrefix(from, to []byte) bool {
	return ascii.HasPrefixFold(from, to)
}
