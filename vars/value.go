package vars

import (
	"errors"
	"fmt"
	"strings"
)

// Value is a complex value: text with variables and captures in it, compiled once. The zero value is an unset option.
type Value struct {
	text  string // as written
	parts []part // nil: text is the whole value
	set   bool
}

// part is one piece of a Value: exactly one of its fields is in use.
type part struct {
	text    string
	v       *Variable
	capture int // 1-9
}

var errName = errors.New("invalid variable name")

// Compile reads a text with $name, ${name} and $1…$9 in it. Errors are nginx's: `invalid variable name`,
// `the closing bracket in "x" variable is missing`; unknown names are reported by Finish.
func (t *Table) Compile(text string) (*Value, error) {
	v := &Value{text: text, set: true}
	if strings.IndexByte(text, '$') < 0 {
		return v, nil
	}
	for i := 0; i < len(text); {
		if text[i] != '$' {
			end := strings.IndexByte(text[i:], '$')
			if end < 0 {
				end = len(text) - i
			}
			v.parts = append(v.parts, part{text: text[i : i+end]})
			i += end
			continue
		}
		if i+1 < len(text) && text[i+1] >= '1' && text[i+1] <= '9' {
			v.parts = append(v.parts, part{capture: int(text[i+1] - '0')})
			i += 2
			continue
		}
		name, next, err := ReadName(text, i+1)
		if err != nil {
			return nil, err
		}
		if name == "" {
			return nil, errName
		}
		v.parts = append(v.parts, part{v: t.Ref(name)})
		i = next
	}
	return v, nil
}

// ReadName reads a variable's name behind its "$" at text[i:], with or without braces, and says where the text goes on.
// An empty name is left to the caller to report.
func ReadName(text string, i int) (name string, next int, err error) {
	bracket := i < len(text) && text[i] == '{'
	if bracket {
		i++
		if i == len(text) {
			return "", i, nil
		}
	}
	start := i
	for i < len(text) && nameByte(text[i]) {
		i++
	}
	name = text[start:i]
	if bracket {
		if i == len(text) || text[i] != '}' {
			return "", i, fmt.Errorf("the closing bracket in %s variable is missing", `"`+name+`"`)
		}
		i++
	}
	return name, i, nil
}

func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// Append appends the value as it is for s.
func (v *Value) Append(dst []byte, s Subject) []byte {
	if v.parts == nil {
		return append(dst, v.text...)
	}
	for i := range v.parts {
		p := &v.parts[i]
		switch {
		case p.v != nil:
			dst, _ = p.v.Append(s, dst)
		case p.capture != 0:
			dst = append(dst, s.VarState().Capture(p.capture)...)
		default:
			dst = append(dst, p.text...)
		}
	}
	return dst
}

// Bytes is the value as it is for s, valid until the State is reset.
func (v *Value) Bytes(s Subject) []byte {
	st := s.VarState()
	b := v.Append(st.Scratch(), s)
	kept := st.Keep(b)
	st.PutScratch(b)
	return kept
}

// True is nginx's test of a value in conditions such as `access_log … if=`: neither empty nor "0".
func (v *Value) True(s Subject) bool {
	st := s.VarState()
	b := v.Append(st.Scratch(), s)
	ok := len(b) > 0 && !(len(b) == 1 && b[0] == '0')
	st.PutScratch(b)
	return ok
}

// Static is the value if it has no variables in it.
func (v *Value) Static() (string, bool) {
	if v.parts != nil {
		return "", false
	}
	return v.text, true
}

// Text is the value as it was written.
func (v *Value) Text() string { return v.text }

// IsSet says whether the option was given or inherited.
func (v *Value) IsSet() bool { return v.set }
