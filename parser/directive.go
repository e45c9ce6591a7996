// Package parser reads nginx.conf, byte for byte as nginx does, and hands its directives on in file order.
// The grammar is that of nginx's src/core/ngx_conf_file.c; the nodes are gonginx's, so that its dumper prints them.
package parser

import (
	gonginx "github.com/tufanbarisyildirim/gonginx/config"
)

// Directive is one directive, simple or the head of a block. The embedded gonginx directive's Name is the name as nginx
// compares it (quotes and escapes removed); its Parameters keep the source text with quotes; its Line is that of the name.
type Directive struct {
	gonginx.Directive
	RawName     string     // source text of the name where it differs from Name (quoted or escaped), else ""
	NameQuoted  bool       // the name was written in quotes, as map keys often are
	Args        []string   // arguments, quotes and escapes removed; Args[0] is the first argument
	Quoted      []bool     // whether Args[i] was written in quotes
	File        string     // path of the file as nginx prints it; "" for -g
	CommandLine bool       // stood in the text of -g
	Column      int        // 1-based byte column of the name
	EndLine     int        // line of the `;` or `{`: where nginx reports errors of this directive
	IsBlock     bool       // ended with `{`
	Include     []Position // the includes that led here, outermost first
}

// Position is a place in a file; Line and Column are 1-based, Column counts bytes.
type Position struct {
	File   string
	Line   int
	Column int
}

// GetName is the name as written, for gonginx's dumper.
func (d *Directive) GetName() string {
	if d.RawName != "" {
		return d.RawName
	}
	return d.Name
}

// Position is where the directive's name stands.
func (d *Directive) Position() Position {
	return Position{File: d.File, Line: d.Line, Column: d.Column}
}

// Error makes an error of the given level at the directive, on the line where nginx reports it.
func (d *Directive) Error(level Level, text string) *Error {
	return &Error{
		Level: level, Text: text, File: d.File, Line: d.EndLine, Column: d.columnAtEnd(), CommandLine: d.CommandLine,
	}
}

// columnAtEnd is the name's column if the name stands on the line reported, else 0.
func (d *Directive) columnAtEnd() int {
	if d.EndLine == d.Line {
		return d.Column
	}
	return 0
}
