package rewrite

import (
	"strings"

	"understudy/config"
	"understudy/errlog"
	"understudy/http1"
	"understudy/vars"
	"understudy/web"
)

// ruleOption is `rewrite REGEX REPLACEMENT [FLAG]`.
type ruleOption struct{}

func (ruleOption) Parse(c *config.Call) error {
	to := c.Args[1]
	if to == "" {
		return c.Errorf("empty replacement")
	}
	regex, err := table(c).Regex(c.Args[0], false)
	if err != nil {
		return c.Errorf("%s", err)
	}
	r := &rule{regex: regex, keepArgs: true}
	if strings.HasSuffix(to, "?") {
		to, r.keepArgs = to[:len(to)-1], false
	}
	if isURL(to) {
		r.status, r.last = 302, true
	}
	if len(c.Args) == 3 {
		switch c.Args[2] {
		case "last":
			r.last = true
		case "break":
			r.last, r.stay = true, true
		case "redirect":
			r.last, r.status = true, 302
		case "permanent":
			r.last, r.status = true, 301
		default:
			return c.Errorf(`invalid parameter "%s"`, c.Args[2])
		}
	}
	if r.to, err = newScript(c, to, r.status == 0); err != nil {
		return err
	}
	programOf(c.Block).add(r)
	return nil
}

// rule is a rewrite.
type rule struct {
	regex    *vars.Regex
	to       *script
	status   web.Result // redirect; 0 = rewrite
	keepArgs bool
	last     bool // ends the program
	stay     bool // "break": the new URI is served by the location it is in
}

func (r *rule) run(e *engine, x *web.Exchange, at int) int {
	if !match(e, x, r.regex, x.URI) {
		if e.status == 500 {
			return end
		}
		return at + 1
	}
	x.Internal = true
	if r.stay {
		e.changed = false
		x.LeaveLocation()
	} else {
		e.changed = true
	}
	e.isArgs, e.quote = false, r.status != 0
	var args int
	e.buf, args = r.to.append(e, x, e.buf[:0])
	e.isArgs, e.quote = false, false
	if r.status != 0 {
		r.redirect(e, x)
		return end
	}
	if !r.rewrite(e, x, args) || r.last {
		return end
	}
	return at + 1
}

// rewrite puts the new URI in force; args is where its arguments begin, -1 for none.
func (r *rule) rewrite(e *engine, x *web.Exchange, args int) bool {
	uri, query := e.buf, x.Args
	if args >= 0 {
		if r.keepArgs && len(x.Args) > 0 {
			e.buf = append(append(e.buf, '&'), x.Args...)
		}
		uri, query = e.buf[:args], e.buf[args:]
	} else if !r.keepArgs {
		query = query[:0] // empty where there were some, else still none
	}
	if e.log {
		x.Errorf(errlog.Notice, "rewritten data: \"%s\", args: \"%s\"", uri, query)
	}
	x.SetURI(uri, query)
	if len(uri) == 0 {
		x.Errorf(errlog.Error, "the rewritten URI has a zero length")
		e.changed = false
		e.status = 500
		return false
	}
	return true
}

// redirect answers with a Location: the path, made of an unescaped URI, is escaped no more than it was sent.
func (r *rule) redirect(e *engine, x *web.Exchange) {
	n := pathEnd(e.buf)
	st := x.VarState()
	b := http1.UnescapeURI(st.Scratch(), e.buf[:n], http1.UnescapeRedirect)
	b = append(b, e.buf[n:]...)
	if r.keepArgs && len(x.Args) > 0 {
		mark := byte('?')
		if r.to.args {
			mark = '&'
		}
		b = append(append(b, mark), x.Args...)
	}
	x.Out.Location = st.Keep(b)
	st.PutScratch(b)
	if e.log {
		x.Errorf(errlog.Notice, "rewritten redirect: \"%s\"", x.Out.Location)
	}
	e.changed = false
	e.status = r.status
}

// pathEnd says where unescaping a redirect ends: behind the first "?", escaped or not.
func pathEnd(b []byte) int {
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == '?':
			return i + 1
		case b[i] != '%':
		case i+1 < len(b) && !isHex(b[i+1]):
			i++
		case i+2 < len(b):
			if b[i+1] == '3' && b[i+2]|0x20 == 'f' {
				return i + 3
			}
			i += 2
		}
	}
	return len(b)
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }

// match runs a regex, with what rewrite_log says about it; a failure empties the captures.
// A regex that cannot be matched ends the program with status 500.
func match(e *engine, x *web.Exchange, regex *vars.Regex, text []byte) bool {
	ok, err := regex.Exec(x, text)
	if err != nil {
		e.changed, e.status = false, 500
	}
	if !ok {
		x.VarState().ForgetCaptures()
	}
	if e.log {
		verb := "matches"
		if !ok {
			verb = "does not match"
		}
		x.Errorf(errlog.Notice, "\"%s\" %s \"%s\"", regex, verb, text)
	}
	return ok
}
