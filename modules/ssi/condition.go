package ssi

import (
	"bytes"
	"strings"

	"understudy/ascii"
	"understudy/errlog"
	"understudy/vars"
)

// openIf begins an if: `if expr=""`. One inside another is not possible, in nginx neither.
func (d *document) openIf(a *arguments) error {
	if d.conditional != outsideIf {
		d.x.Errorf(errlog.Error, "the \"if\" command inside the \"if\" command")
		return errCommand
	}
	return d.decide(a)
}

// decide says whether the branch that begins here is the one to put out.
func (d *document) decide(a *arguments) error {
	if d.chosen {
		d.output = false
		return nil
	}
	holds, err := d.holds(a.value(0))
	if err != nil {
		return err
	}
	d.output = holds
	d.chosen = holds
	d.conditional = behindIf
	return nil
}

func (d *document) otherwise(*arguments) error {
	d.output = !d.chosen
	d.conditional = behindElse
	return nil
}

func (d *document) closeIf(*arguments) error {
	d.output, d.chosen, d.conditional = true, false, outsideIf
	return nil
}

// holds evaluates an expression: `LEFT`, `LEFT = RIGHT`, `LEFT != RIGHT`, `LEFT = /REGEX/` or `LEFT != /REGEX/`.
func (d *document) holds(expr []byte) (bool, error) {
	n := 0
	for n < len(expr) && ofOperand(expr[n]) {
		n++
	}
	left, err := d.evaluate(ascii.AppendLower(nil, expr[:n]), false)
	if err != nil {
		return false, err
	}
	rest := bytes.TrimLeft(expr[n:], " ")
	if len(rest) == 0 {
		return len(left) > 0, nil
	}
	negative := false
	switch {
	case rest[0] == '=':
		rest = rest[1:]
	case len(rest) > 1 && rest[0] == '!' && rest[1] == '=':
		negative, rest = true, rest[2:]
	default:
		return false, d.invalidExpression(expr)
	}
	rest = bytes.TrimLeft(rest, " ")
	if len(rest) > 1 && rest[0] == '/' {
		if rest[len(rest)-1] != '/' {
			return false, d.invalidExpression(expr)
		}
		pattern, err := d.evaluate(rest[1:len(rest)-1], false)
		if err != nil {
			return false, err
		}
		matches, err := d.match(string(pattern), left)
		return matches != negative, err
	}
	if len(rest) > 1 && rest[0] == '\\' && rest[1] == '/' {
		rest = rest[1:]
	}
	right, err := d.evaluate(rest, false)
	if err != nil {
		return false, err
	}
	return bytes.Equal(left, right) != negative, nil
}

// ofOperand tells the bytes that the left side of an expression consists of.
func ofOperand(c byte) bool {
	switch {
	case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		return true
	}
	return strings.IndexByte(`${}_"'`, c) >= 0
}

func (d *document) invalidExpression(expr []byte) error {
	d.x.Errorf(errlog.Error, "invalid expression in \"%s\"", expr)
	return errCommand
}

// match matches a regular expression; its groups become the page's captures, named ones variables of the page.
func (d *document) match(pattern string, text []byte) (bool, error) {
	e, err := vars.NewExpression(pattern)
	if err != nil {
		d.x.Errorf(errlog.Error, "%s", err)
		return false, errCommand
	}
	spans, ok := e.Find(d.x, text)
	if !ok {
		return false, nil
	}
	p := d.page
	p.captured, p.captures = text, spans
	names, groups := e.Names()
	for i, name := range names {
		p.assign(ascii.ToLower(name), p.capture(groups[i]))
	}
	return true, nil
}
