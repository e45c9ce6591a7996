// What the reader hands on: arguments, places, order, blocks, includes, files, lines and hints.

package parser

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// write puts files into a directory of the test's own and gives the first one's path.
func write(t *testing.T, files ...string) string {
	t.Helper()
	directory := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		path := filepath.Join(directory, files[i])
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(directory, files[0])
}

// follow reads all blocks and includes and calls f for every other directive and every block's head.
func follow(r *Reader, f func(*Directive)) Visitor {
	var v Visitor
	v = func(d *Directive) error {
		if d.Name == "include" {
			return r.Include(d, v)
		}
		f(d)
		if d.IsBlock {
			return r.Block(v)
		}
		return nil
	}
	return v
}

func TestDirectiveHasArgumentsAndPlaces(t *testing.T) {
	path := write(t, "n.conf", "\n  log_format  main\n    '$a \"x\"'\n    \"b\\tc\" d\\.e\n  ;\n\t\"map key\" \"\"; server\n\n{ }")
	r := NewReader(Options{})
	var got []*Directive
	if err := r.ReadFile(path, follow(r, func(d *Directive) { got = append(got, d) })); err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 {
		t.Fatalf("%d directives, want 3", len(got))
	}
	format, key, server := got[0], got[1], got[2]
	if want := []string{"main", "$a \"x\"", "b\tc", `d\.e`}; !reflect.DeepEqual(format.Args, want) {
		t.Errorf("Args = %q, want %q", format.Args, want)
	}
	if want := []bool{false, true, true, false}; !reflect.DeepEqual(format.Quoted, want) {
		t.Errorf("Quoted = %v, want %v", format.Quoted, want)
	}
	raw := []string{"main", `'$a "x"'`, `"b\tc"`, `d\.e`}
	rows := []int{0, 1, 2, 2}
	for i, p := range format.Parameters {
		if p.Value != raw[i] || p.RelativeLineIndex != rows[i] {
			t.Errorf("parameter %d = %q row %d, want %q row %d", i, p.Value, p.RelativeLineIndex, raw[i], rows[i])
		}
	}
	if format.Line != 2 || format.Column != 3 || format.EndLine != 5 || format.File != path {
		t.Errorf("log_format at %s:%d:%d to %d", format.File, format.Line, format.Column, format.EndLine)
	}
	if key.Name != "map key" || key.GetName() != `"map key"` || !key.NameQuoted || key.Args[0] != "" {
		t.Errorf("quoted name: %q, written %q, quoted %v, argument %q", key.Name, key.GetName(), key.NameQuoted, key.Args[0])
	}
	if server.Line != 6 || server.Column != 16 || server.EndLine != 8 || !server.IsBlock {
		t.Errorf("server at %d:%d to %d, block %v", server.Line, server.Column, server.EndLine, server.IsBlock)
	}
}

func TestIncludesAreExpandedInFileOrder(t *testing.T) {
	path := write(t, "n.conf", "a;\ninclude d/*.conf;\nhttp {\n  include e;\n}\nz;", "d/2.conf", "d2;", "d/1.conf", "d1; include e;", "d/.x.conf", "no;", "e", "e;")
	var names []string
	var deepest *Directive
	var logged []string
	r := NewReader(Options{ConfPrefix: filepath.Dir(path), Log: func(l Level, text string) { logged = append(logged, l.String()+" "+text) }})
	err := r.ReadFile(path, follow(r, func(d *Directive) {
		names = append(names, d.Name)
		if len(d.Include) == 2 {
			deepest = d
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(names, " "), "a d1 e d2 http e z"; got != want {
		t.Errorf("order %q, want %q", got, want)
	}
	directory := filepath.Dir(path)
	chain := []Position{{path, 2, 1}, {directory + "/d/1.conf", 1, 5}}
	if deepest == nil || !reflect.DeepEqual(deepest.Include, chain) {
		t.Errorf("include chain %v, want %v", deepest, chain)
	}
	var files []string
	for _, f := range r.Files() {
		files = append(files, strings.TrimPrefix(f.Path, directory+"/")+"="+string(f.Content[:2]))
	}
	if got, want := strings.Join(files, " "), "n.conf=a; d/1.conf=d1 e=e; d/2.conf=d2"; got != want {
		t.Errorf("files %q, want %q", got, want)
	}
	if len(logged) != 5 || logged[0] != "debug include "+path {
		t.Errorf("log %q", logged)
	}
}

func TestVisitorErrorEndsReading(t *testing.T) {
	stop := errors.New("stop")
	var names []string
	r := NewReader(Options{})
	err := r.ReadFile(write(t, "n.conf", "a; b; c; \"unclosed"), func(d *Directive) error {
		names = append(names, d.Name)
		if d.Name == "b" {
			return stop
		}
		return nil
	})
	if err != stop || len(names) != 2 {
		t.Errorf("err %v after %v", err, names)
	}
}

func TestUnreadBlockIsAnError(t *testing.T) {
	r := NewReader(Options{})
	err := r.ReadFile(write(t, "n.conf", "http { a; }"), func(*Directive) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "left unread") {
		t.Errorf("err %v", err)
	}
	r = NewReader(Options{})
	err = r.ReadFile(write(t, "n.conf", "a;"), func(*Directive) error { return r.Skip() })
	if err == nil {
		t.Error("Skip without a block gave no error")
	}
	if r.Block(nil) == nil {
		t.Error("Block outside of reading gave no error")
	}
}

func TestSkipPassesOverNestedBlocks(t *testing.T) {
	var names []string
	r := NewReader(Options{})
	err := r.ReadFile(write(t, "n.conf", "a { b { c; } '}' d; }\ne;"), func(d *Directive) error {
		names = append(names, d.Name)
		if d.IsBlock {
			return r.Skip()
		}
		return nil
	})
	if err != nil || strings.Join(names, " ") != "a e" {
		t.Errorf("names %v, err %v", names, err)
	}
}

func TestReaderStandsAtTheClosingBraceAfterABlock(t *testing.T) {
	r := NewReader(Options{})
	path := write(t, "n.conf", "a {\n b;\n  }\n")
	err := r.ReadFile(path, func(d *Directive) error {
		if err := r.Skip(); err != nil {
			return err
		}
		if got, want := r.Position(), (Position{path, 3, 3}); got != want {
			t.Errorf("position %v, want %v", got, want)
		}
		return r.Error(Warn, "text")
	})
	if e, ok := err.(*Error); !ok || e.Level != Warn || e.Error() != "text in "+path+":3" {
		t.Errorf("err %v", err)
	}
}

func TestErrorText(t *testing.T) {
	for _, c := range []struct {
		e    Error
		want string
	}{
		{Error{Text: "a"}, "a"},
		{Error{Text: "a", File: "/f", Line: 7}, "a in /f:7"},
		{Error{Text: "a", CommandLine: true}, "a in command line"},
	} {
		if got := c.e.Error(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestIncludeCircleNamesItsSteps(t *testing.T) {
	path := write(t, "n.conf", "a;\ninclude x.conf;", "x.conf", "\ninclude y.conf;", "y.conf", "\n\ninclude x.conf;")
	r := NewReader(Options{ConfPrefix: filepath.Dir(path)})
	err := r.ReadFile(path, follow(r, func(*Directive) {}))
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("err %v", err)
	}
	if !strings.Contains(e.Text, "failed (24: Too many open files)") || e.Line == 0 {
		t.Errorf("err %v", e)
	}
	for _, part := range []string{"x.conf:2", "y.conf:3", "includes itself"} {
		if !strings.Contains(e.Hint, part) {
			t.Errorf("hint %q lacks %q", e.Hint, part)
		}
	}
}

func TestMissingIncludesSayWhereTheyWereLookedFor(t *testing.T) {
	for _, c := range []struct{ conf, hint string }{
		{"include mime.types;", "relative names start at the directory of the main configuration file, DIR/"},
		{"include DIR/no/here;", "there is one beside the main configuration file: include here;"},
		{"include DIR/no/where;", ""},
	} {
		path := write(t, "n.conf", "", "here", "a;")
		dir := filepath.Dir(path)
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(c.conf, "DIR", dir)), 0o644); err != nil {
			t.Fatal(err)
		}
		r := NewReader(Options{ConfPrefix: dir + "/"})
		var e *Error
		if err := r.ReadFile(path, follow(r, func(*Directive) {})); !errors.As(err, &e) || strings.ReplaceAll(e.Hint, dir, "DIR") != c.hint {
			t.Errorf("%s: %v, hint %q", c.conf, err, e.Hint)
		}
	}
}

func TestHints(t *testing.T) {
	for _, c := range []struct{ conf, hint string }{
		{"a \"b\n c;", `the " opened on line 1 is not closed`},
		{"\n\na 'b;" + strings.Repeat("x", 5000), "the ' opened on line 3 is not closed"},
		{"a {\n b {\n }\n", `the block "a" opened on line 1 is not closed`},
		{"a { b c }", `a ";" is missing after "c"`},
		{"a b", `a ";" is missing after "b"`},
		{"a 'b'c;", `after a closing quote nginx takes only a space, ";", "{" or ")"`},
	} {
		r := NewReader(Options{})
		err := r.ReadFile(write(t, "n.conf", c.conf), follow(r, func(*Directive) {}))
		if e, ok := err.(*Error); !ok || e.Hint != c.hint {
			t.Errorf("%q: hint of %#v, want %q", c.conf, err, c.hint)
		}
	}
}

func TestColumnsOfErrors(t *testing.T) {
	for _, c := range []struct {
		conf         string
		line, column int
	}{
		{"a;\n  ;", 2, 3},
		{"a \"b\"c;", 1, 6},
		{"a;\n b }", 2, 4},
		{"\n  abc " + strings.Repeat("x", 5000) + ";", 2, 7},
	} {
		r := NewReader(Options{})
		err := r.ReadFile(write(t, "n.conf", c.conf), follow(r, func(*Directive) {}))
		if e, ok := err.(*Error); !ok || e.Line != c.line || e.Column != c.column {
			t.Errorf("%.10q: %#v, want %d:%d", c.conf, err, c.line, c.column)
		}
	}
}

func TestDeepNestingIsAnErrorAndNoCrash(t *testing.T) {
	r := NewReader(Options{})
	err := r.ReadFile(write(t, "n.conf", strings.Repeat("a{", 1_000_000)), follow(r, func(*Directive) {}))
	if e, ok := err.(*Error); !ok || e.Text != "too many nested blocks" {
		t.Errorf("err %v", err)
	}
}

func TestFileErrors(t *testing.T) {
	directory := t.TempDir()
	loop := filepath.Join(directory, "loop")
	if err := os.Symlink("loop", loop); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, want string
		level      Level
	}{
		{directory + "/none", fmt.Sprintf("open() %q failed (2: No such file or directory)", directory+"/none"), Emerg},
		{loop, fmt.Sprintf("open() %q failed (40: Too many levels of symbolic links)", loop), Emerg},
		{directory, fmt.Sprintf("pread() %q failed (21: Is a directory)", directory), Crit},
	} {
		err := NewReader(Options{}).ReadFile(c.path, func(*Directive) error { return nil })
		if e, ok := err.(*Error); !ok || e.Error() != c.want || e.Level != c.level || e.Err == nil {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	if got := SystemError(os.ErrPermission); got != " (13: Permission denied)" {
		t.Errorf("permission: %q", got)
	}
	if err := NewReader(Options{}).ReadFile("/dev/null", func(*Directive) error { return nil }); err != nil {
		t.Errorf("/dev/null: %v", err)
	}
}

func TestLine(t *testing.T) {
	path := write(t, "n.conf", "a;\r\nb;\n\nc;")
	r := NewReader(Options{})
	if err := r.ReadFile(path, func(*Directive) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"a;", "b;", "", "c;"} {
		if got, ok := r.Line(path, i+1); !ok || got != want {
			t.Errorf("line %d = %q %v, want %q", i+1, got, ok, want)
		}
	}
	for _, line := range []int{-1, 0, 5, 99} {
		if got, ok := r.Line(path, line); ok {
			t.Errorf("line %d = %q", line, got)
		}
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"*", "a", true}, {"a*b*c", "axbxbxc", true}, {"a*b*c", "axbx", false}, {"?", "ab", false}, {"a?c", "abc", true},
		{"[ab]c", "bc", true}, {"[!ab]c", "bc", false}, {"[^ab]c", "xc", true}, {"[]a]", "]", true}, {"[a-c]", "b", true},
		{"[a-]", "-", true}, {"[[:digit:]x]", "7", true}, {"[[:digit:]x]", "y", false}, {"[a", "[a", true}, {`\*`, "*", true},
		{`\*`, "a", false}, {`[\]]`, "]", true}, {"*.conf", "conf", false}, {strings.Repeat("a*", 40) + "b", strings.Repeat("a", 200), false},
	} {
		if got := match(c.pattern, c.name); got != c.want {
			t.Errorf("match(%q, %q) = %v", c.pattern, c.name, got)
		}
	}
}
