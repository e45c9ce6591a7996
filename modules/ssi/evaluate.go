package ssi

import (
	"bytes"
	"strings"

	"understudy/ascii"
	"understudy/errlog"
)

// assign gives a variable of the page a value, which must stay as it is.
func (p *page) assign(name string, value []byte) {
	for i := range p.variables {
		if p.variables[i].name == name {
			p.variables[i].value = value
			return
		}
	}
	p.variables = append(p.variables, variable{name, value})
}

// capture is the text of a group, empty for one that took no part.
func (p *page) capture(n int) []byte {
	if from, to := p.captures[2*n], p.captures[2*n+1]; from >= 0 {
		return p.captured[from:to]
	}
	return nil
}

// groups is how many of the captures count: up to the last that took part.
func (p *page) groups() int {
	n := len(p.captures) / 2
	for n > 0 && p.captures[2*n-1] < 0 {
		n--
	}
	return n
}

// own gives a capture ("0" to "9") or a variable of the page.
func (p *page) own(name string) ([]byte, bool) {
	if len(name) == 1 && '0' <= name[0] && name[0] <= '9' {
		if n := int(name[0] - '0'); n < p.groups() {
			return p.capture(n), true
		}
	}
	for i := range p.variables {
		if p.variables[i].name == name {
			return p.variables[i].value, true
		}
	}
	return nil, false
}

// read gives the page's variable of that name (lower case), else the server's.
func (d *document) read(name string) ([]byte, bool) {
	if value, ok := d.page.own(name); ok {
		return value, true
	}
	v := d.table.Lookup(name)
	if v == nil {
		return nil, false
	}
	return v.Append(d.x, nil)
}

// evaluate puts values in the place of variables and takes the backslashes off. With relative a text that does not begin
// with a slash is taken to be beside the document's own URI.
func (d *document) evaluate(text []byte, relative bool) ([]byte, error) {
	out := make([]byte, 0, len(text)+32)
	for i := 0; i < len(text); {
		if text[i] != '$' {
			out, i = unquote(out, text, i)
			continue
		}
		name, next, err := d.name(text, i+1)
		if err != nil {
			return nil, err
		}
		value, _ := d.read(name)
		out = append(out, value...)
		i = next
	}
	if len(out) == 0 {
		relative = relative && bytes.IndexByte(text, '$') < 0
	} else {
		relative = relative && out[0] != '/'
	}
	if relative {
		uri := d.x.URI
		beside := uri[:bytes.LastIndexByte(uri, '/')+1]
		out = append(bytes.Clone(beside), out...)
	}
	return out, nil
}

// unquote appends the text up to the next variable.
func unquote(out, text []byte, i int) ([]byte, int) {
	quoted := false
	for ; i < len(text); i++ {
		c := text[i]
		switch {
		case quoted:
			quoted = false
			if strings.IndexByte(`\'"$`, c) < 0 {
				out = append(out, '\\')
			}
		case c == '\\':
			quoted = true
			continue
		case c == '$':
			return out, i
		}
		out = append(out, c)
	}
	return out, i
}

// name reads a variable's name behind its "$", in lower case, and says where the text goes on.
func (d *document) name(text []byte, i int) (string, int, error) {
	bracket := i < len(text) && text[i] == '{'
	if bracket {
		i++
	}
	if i == len(text) {
		return "", 0, d.invalidName(text)
	}
	from := i
	for i < len(text) && ofName(text[i]) {
		i++
	}
	name := text[from:i]
	if bracket {
		if i == len(text) || text[i] != '}' {
			d.x.Errorf(errlog.Error, "the closing bracket in \"%s\" variable is missing", name)
			return "", 0, errCommand
		}
		i++
	}
	if len(name) == 0 {
		return "", 0, d.invalidName(text)
	}
	return ascii.ToLower(string(name)), i, nil
}

func ofName(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_'
}

func (d *document) invalidName(text []byte) error {
	d.x.Errorf(errlog.Error, "invalid variable name in \"%s\"", text)
	return errCommand
}
