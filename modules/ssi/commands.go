package ssi

import (
	"bytes"

	"understudy/ascii"
	"understudy/errlog"
	"understudy/http1"
)

// command is one of the commands of documents.
type command struct {
	name      string
	params    []string // names; the first `mandatory` of them must be there
	mandatory int
	within    condition // the latest part of an if in which it may stand; outsideIf = it has nothing to do with one
	always    bool      // carried out in a block and in a branch that was not taken, too
	run       func(d *document, a *arguments) error
}

// maxParams is how many parameters a command may have.
const maxParams = 16

// arguments are a command's parameters by their place in command.params; nil = not given.
type arguments [5]*param

// value is nil when the parameter was not given.
func (a *arguments) value(i int) []byte {
	if a[i] == nil {
		return nil
	}
	if a[i].value == nil {
		return []byte{}
	}
	return a[i].value
}

// commandNamed finds a command; nil = there is none of that name.
func commandNamed(name []byte) *command {
	switch string(name) {
	case "include":
		return &includeCommand
	case "echo":
		return &echoCommand
	case "config":
		return &configCommand
	case "set":
		return &setCommand
	case "if":
		return &ifCommand
	case "elif":
		return &elifCommand
	case "else":
		return &elseCommand
	case "endif":
		return &endifCommand
	case "block":
		return &blockCommand
	case "endblock":
		return &endblockCommand
	}
	return nil
}

var (
	includeCommand  = command{name: "include", params: []string{"virtual", "file", "wait", "set", "stub"}, run: (*document).include}
	echoCommand     = command{name: "echo", params: []string{"var", "default", "encoding"}, mandatory: 1, run: (*document).echo}
	configCommand   = command{name: "config", params: []string{"errmsg", "timefmt"}, run: (*document).config}
	setCommand      = command{name: "set", params: []string{"var", "value"}, mandatory: 2, run: (*document).set}
	ifCommand       = command{name: "if", params: []string{"expr"}, mandatory: 1, run: (*document).openIf}
	elifCommand     = command{name: "elif", params: []string{"expr"}, mandatory: 1, within: behindIf, run: (*document).decide}
	elseCommand     = command{name: "else", within: behindIf, run: (*document).otherwise}
	endifCommand    = command{name: "endif", within: behindElse, run: (*document).closeIf}
	blockCommand    = command{name: "block", params: []string{"name"}, mandatory: 1, run: (*document).openBlock}
	endblockCommand = command{name: "endblock", always: true, run: (*document).closeBlock}
)

// param gives the place of a parameter, -1 for none of that name.
func (c *command) param(name []byte) int {
	for i, n := range c.params {
		if n == string(name) {
			return i
		}
	}
	return -1
}

// encoding says how echo puts out a value.
type encoding uint8

const (
	asIs encoding = iota
	asURL
	asEntity
)

var none = []byte("(none)")

// echo puts out a variable: `echo var="" default="" encoding=""`.
func (d *document) echo(a *arguments) error {
	name := ascii.ToLower(string(a.value(0)))
	value, ok := d.read(name)
	switch {
	case ok:
	case name == "date_local", name == "date_gmt":
		return errCommand // timefmt makes nothing of it
	default:
		if value = a.value(1); value == nil {
			value = none
		}
	}
	if len(value) == 0 {
		return nil
	}
	if e := a.value(2); e != nil {
		switch string(e) {
		case "none":
			d.encoding = asIs
		case "url":
			d.encoding = asURL
		case "entity":
			d.encoding = asEntity
		default:
			d.x.Errorf(errlog.Error, "unknown encoding \"%s\" in the \"echo\" command", e)
		}
	}
	switch d.encoding {
	case asURL:
		value = http1.EscapeURI(nil, value, http1.EscapeHTML)
	case asEntity:
		value = escapeHTML(value)
	}
	return d.put(value)
}

// escapeHTML makes entities of <, >, & and " (ngx_escape_html).
func escapeHTML(p []byte) []byte {
	if !bytes.ContainsAny(p, `<>&"`) {
		return p
	}
	out := make([]byte, 0, len(p)+16)
	for _, c := range p {
		switch c {
		case '<':
			out = append(out, "&lt;"...)
		case '>':
			out = append(out, "&gt;"...)
		case '&':
			out = append(out, "&amp;"...)
		case '"':
			out = append(out, "&quot;"...)
		default:
			out = append(out, c)
		}
	}
	return out
}

// config changes what comes in place of failed commands, and the form of dates: `config errmsg="" timefmt=""`.
func (d *document) config(a *arguments) error {
	if v := a.value(1); v != nil {
		d.timeFormat = string(v)
	}
	if v := a.value(0); v != nil {
		d.message = bytes.Clone(v)
	}
	return nil
}

// set gives a variable of the page a value: `set var="" value=""`.
func (d *document) set(a *arguments) error {
	value, err := d.evaluate(a.value(1), false)
	if err != nil {
		return err
	}
	d.page.assign(ascii.ToLower(string(a.value(0))), value)
	return nil
}

// openBlock begins a block, which an include puts out as its stub: `block name=""`.
func (d *document) openBlock(a *arguments) error {
	d.page.blocks = append(d.page.blocks, block{name: string(a.value(0))})
	d.output, d.block = false, true
	return nil
}

func (d *document) closeBlock(*arguments) error {
	d.output, d.block = true, false
	return nil
}
