package rewrite

import (
	"strings"

	"understudy/config"
	"understudy/http1"
	"understudy/vars"
	"understudy/web"
)

// script is a text with variables and captures, as rewrite, set and if have it: unlike in other directives captures may be
// escaped, and a URI's arguments are told from its path (ngx_http_script_compile).
type script struct {
	parts []part
	args  bool // there is a "?" in the text
}

type part struct {
	kind    partKind
	capture int
	v       *vars.Variable
	text    string
}

type partKind uint8

const (
	partText partKind = iota
	partVariable
	partCapture
	partArgs // the "?" between path and arguments, which is not part of either
)

// newScript compiles a text; with split its first "?" becomes a partArgs.
func newScript(c *config.Call, source string, split bool) (*script, error) {
	s := &script{}
	for i := 0; i < len(source); {
		switch {
		case source[i] == '$':
			if i+1 < len(source) && source[i+1] >= '1' && source[i+1] <= '9' {
				s.parts = append(s.parts, part{kind: partCapture, capture: int(source[i+1] - '0')})
				i += 2
				continue
			}
			name, next, err := vars.ReadName(source, i+1)
			if err != nil {
				return nil, c.Errorf("%s", err)
			}
			if name == "" {
				return nil, c.Errorf("invalid variable name")
			}
			s.parts = append(s.parts, part{kind: partVariable, v: table(c).Ref(name)})
			i = next
		case source[i] == '?' && split:
			s.args, split = true, false
			s.parts = append(s.parts, part{kind: partArgs})
			i++
		default:
			stop := "$"
			if split {
				stop = "$?"
			}
			n := strings.IndexAny(source[i:], stop)
			if n < 0 {
				n = len(source) - i
			}
			text := source[i : i+n]
			s.args = s.args || strings.Contains(text, "?")
			s.parts = append(s.parts, part{kind: partText, text: text})
			i += n
		}
	}
	return s, nil
}

// append appends the text; args is where the arguments begin, -1 if a partArgs did not come.
func (s *script) append(e *engine, x *web.Exchange, dst []byte) (_ []byte, args int) {
	args = -1
	for i := range s.parts {
		switch p := &s.parts[i]; p.kind {
		case partText:
			dst = append(dst, p.text...)
		case partVariable:
			dst, _ = p.v.Append(x, dst)
		case partCapture:
			text := x.VarState().Capture(p.capture)
			if (e.isArgs || e.quote) && (x.Req.QuotedURI || x.Req.PlusInURI) {
				dst = http1.EscapeURI(dst, text, http1.EscapeArgs)
			} else {
				dst = append(dst, text...)
			}
		case partArgs:
			e.isArgs = true
			args = len(dst)
		}
	}
	return dst, args
}
