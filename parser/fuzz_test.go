// Fuzzing: no input panics, every place lies inside the text, and what was read can be written and read again.

package parser

import (
	"reflect"
	"strings"
	"testing"
)

// flat is one directive or closing brace, as read.
type flat struct {
	Name string
	Args []string
	End  ending
}

// flatten reads a whole text and writes it anew, one directive a line.
func flatten(t *testing.T, text string) (all []flat, again string, err error) {
	t.Helper()
	r := NewReader(Options{})
	lines := strings.Count(text, "\n") + 1
	var b strings.Builder
	var visit Visitor
	visit = func(d *Directive) error {
		if d.Line < 1 || d.EndLine < d.Line || d.EndLine > lines || d.Column < 1 || d.Column > len(text) {
			t.Fatalf("directive at %d:%d to %d in %d lines", d.Line, d.Column, d.EndLine, lines)
		}
		if len(d.Args) != len(d.Parameters) || len(d.Args) != len(d.Quoted) {
			t.Fatalf("%d arguments, %d parameters, %d quoted", len(d.Args), len(d.Parameters), len(d.Quoted))
		}
		b.WriteString(d.GetName())
		for _, p := range d.Parameters {
			b.WriteString(" " + p.Value)
		}
		all = append(all, flat{d.Name, d.Args, endSimple})
		if !d.IsBlock {
			b.WriteString(";\n")
			return nil
		}
		all[len(all)-1].End = endOpen
		b.WriteString(" {\n")
		err := r.Block(visit)
		all = append(all, flat{End: endClose})
		b.WriteString("}\n")
		return err
	}
	err = r.read(&source{name: "f", text: text, line: 1}, visit)
	return all, b.String(), err
}

func FuzzRead(f *testing.F) {
	for _, o := range oddities() {
		f.Add(o.conf)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all, again, err := flatten(t, text)
		if err != nil {
			e, ok := err.(*Error)
			if !ok {
				t.Fatalf("error of type %T: %v", err, err)
			}
			if lines := strings.Count(text, "\n") + 1; e.Line < 1 || e.Line > lines || e.Column < 1 || e.Column > len(text)+1 {
				t.Fatalf("error at %d:%d of %d lines: %v", e.Line, e.Column, lines, e)
			}
		} else if len(text) < maxToken {
			reread, _, err := flatten(t, again)
			if err != nil || !reflect.DeepEqual(all, reread) {
				t.Fatalf("read again: %v\n%q\n%q", err, all, reread)
			}
		}
		_, treeErr := ParseString(text)
		if (treeErr == nil) != (err == nil) {
			t.Fatalf("reader says %v, tree says %v", err, treeErr)
		}
		if err := NewReader(Options{}).ReadString(text, func(*Directive) error { return nil }); err != nil {
			if e, ok := err.(*Error); !ok || !e.CommandLine {
				t.Fatalf("-g: %#v", err)
			}
		}
	})
}

func FuzzMatch(f *testing.F) {
	for _, seed := range []string{"*", "a*b?", "[a-c]", "[!]x]", "[[:alpha:]*", `\[`, "[a", `[\`, "[a-", "[!", "[[:"} {
		f.Add(seed, "abc")
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if match(pattern, name) && !hasMeta(pattern) && literal(pattern) != name {
			t.Fatalf("%q without wildcards matches %q", pattern, name)
		}
		// A last backslash or an open bracket means another thing once a star follows it.
		if !strings.ContainsAny(pattern, `\[`) && !match("*"+pattern+"*", name) && match(pattern, name) {
			t.Fatalf("%q matches %q, with stars around it does not", pattern, name)
		}
	})
}
