// Printing and formatting: what is parsed, printed by gonginx's dumper and parsed again is the same.

package parser

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	gonginx "github.com/tufanbarisyildirim/gonginx/config"
	"github.com/tufanbarisyildirim/gonginx/dumper"
)

// outline is a tree's names, arguments as written and blocks, without places and comments.
func outline(block gonginx.IBlock) []any {
	var all []any
	for _, node := range block.GetDirectives() {
		d, ok := node.(*Directive)
		if !ok {
			panic(fmt.Sprintf("node of type %T", node))
		}
		if d.GetName() == "" {
			continue
		}
		all = append(all, d.GetName(), d.Name)
		for i, p := range d.Parameters {
			all = append(all, p.Value, d.Args[i], d.Quoted[i])
		}
		if d.Block != nil {
			all = append(all, outline(d.Block))
		}
	}
	return all
}

// configs are the texts in testdata/conf.
func configs(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("testdata/conf/*.conf")
	if err != nil || len(paths) < 3 {
		t.Fatalf("%d files in testdata/conf, %v", len(paths), err)
	}
	texts := map[string]string{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts[path] = string(content)
	}
	return texts
}

func TestRoundTripThroughGonginxDumper(t *testing.T) {
	for path, text := range configs(t) {
		for _, style := range []*dumper.Style{dumper.IndentedStyle, dumper.NoIndentStyle} {
			first, err := Parse(path, Options{})
			if err != nil {
				t.Fatal(err)
			}
			printed := dumper.DumpConfig(&first.Config, style)
			second, err := ParseString(printed)
			if err != nil {
				t.Fatalf("%s: %v in\n%s", path, err, printed)
			}
			if !reflect.DeepEqual(outline(first), outline(second)) {
				t.Errorf("%s: changed by printing:\n%s", path, printed)
			}
			if want, got := comments(text), comments(printed); want != got {
				t.Errorf("%s: %d comments became %d:\n%s", path, want, got, printed)
			}
		}
	}
}

// comments counts the comments nginx would see.
func comments(text string) int {
	s := &source{text: text, line: 1}
	l := lexer{keep: true}
	for n := 0; ; {
		end, err := l.next(s)
		n += len(l.remarks)
		if err != nil || end == endText {
			return n
		}
	}
}

func TestFormat(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"indentation", "http{server{listen 80;}}", "http {\n  server {\n    listen 80;\n  }\n}\n"},
		{"empty block", "events   {\n\n}", "events {}\n"},
		{"blank lines", "\n\na;\n\n\n\nb;\nc {\n\n d;\n\n e;\n\n}\n\n", "a;\n\nb;\nc {\n  d;\n\n  e;\n}\n"},
		{"comments above", "# one\n\n#two\na;\n   # three\nb {\n# four\n}\n", "# one\n\n#two\na;\n# three\nb {\n  # four\n}\n"},
		{"comments behind", "a;   # one\nb { # two\n c; # three\n} # four\n# five", "a; # one\nb { # two\n  c; # three\n} # four\n# five\n"},
		{"comment in an empty block", "a { # one\n}", "a { # one\n}\n"},
		{"comment behind a brace, then a blank line", "a { # one\n\n b;\n}", "a { # one\n\n  b;\n}\n"},
		{"several lines", "log_format a 'x'\n   'y' # why\n\n 'z'; # end", "log_format a 'x'\n  'y' # why\n  'z'; # end\n"},
		{"comments between arguments of a block", "a b # one\n # two\n { c; }", "a b { # one\n  # two\n  c;\n}\n"},
		{"two comments for one line", "a # one\n # two\n b;", "# two\na # one\n  b;\n"},
		{"quotes", "a \"b  c\"   'd\n   e' f\\ g;", "a \"b  c\" 'd\n   e' f\\ g;\n"},
		{"quoted names", "map $a $b { '' x; \"~a b\" y; }", "map $a $b {\n  '' x;\n  \"~a b\" y;\n}\n"},
		{"CRLF", "a;\r\nb {\r\n  c; # d\r\n}\r\n", "a;\nb {\n  c; # d\n}\n"},
		{"only a comment", "# a", "# a\n"},
		{"bytes that are not UTF-8", "caf\xe9 '\xff'; # \xe9", "caf\xe9 '\xff'; # \xe9\n"},
		{"several on a line", "a; b; # c\nd;", "a;\nb; # c\nd;\n"},
		{"parenthesis after a quote", "if ($a ~ \"(b|c)\")  { d; }", "if ($a ~ \"(b|c)\") {\n  d;\n}\n"},
		{"percent signs", "a '%s %d'; # 100%", "a '%s %d'; # 100%\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Format("n.conf", c.in, 2)
			if err != nil || got != c.want {
				t.Fatalf("%v\ngot:\n%s\nwant:\n%s", err, got, c.want)
			}
			if again, err := Format("n.conf", got, 2); err != nil || again != got {
				t.Errorf("formatted again: %v\n%s", err, again)
			}
		})
	}
}

func TestFormatKeepsMeaningAndComments(t *testing.T) {
	for path, text := range configs(t) {
		formatted, err := Format(path, text, 4)
		if err != nil {
			t.Fatal(err)
		}
		if want, got := comments(text), comments(formatted); want != got {
			t.Errorf("%s: %d comments became %d:\n%s", path, want, got, formatted)
		}
		again, err := Format(path, formatted, 4)
		if err != nil || again != formatted {
			t.Errorf("%s: formatted again: %v\n%s", path, err, again)
		}
	}
}

func TestFormatErrors(t *testing.T) {
	for text, want := range map[string]string{
		"a {\n":                             `unexpected end of file, expecting "}" in n.conf:2`,
		"\na_by_lua_block { x = 1 -- y\n }": `Lua code in "a_by_lua_block" cannot be formatted in n.conf:2`,
		"a;\nb \x00;":                       "a NUL byte cannot be formatted in n.conf:2",
	} {
		if _, err := Format("n.conf", text, 4); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func FuzzFormat(f *testing.F) {
	for _, o := range oddities() {
		f.Add(o.conf)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) >= maxToken {
			return // a word near nginx's limit may cross it when its line changes; Format then refuses
		}
		formatted, err := Format("n.conf", text, 4)
		if err != nil {
			if _, ok := err.(*Error); !ok {
				t.Fatal(err)
			}
			return
		}
		again, err := Format("n.conf", formatted, 4)
		if err != nil || again != formatted {
			t.Fatalf("formatted again: %v\n%q\n%q", err, formatted, again)
		}
		if want, got := comments(text), comments(formatted); want != got {
			t.Fatalf("%d comments became %d: %q", want, got, formatted)
		}
	})
}
