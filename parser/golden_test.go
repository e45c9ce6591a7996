// Lexical errors side by side with the real nginx: testdata/errors.txt holds what nginx 1.22.1 said to every input here.

package parser

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

var record = flag.Bool("record", false, "write nginx's answers to testdata/errors.txt")

const recorded = "testdata/errors.txt"

// accepted stands for a configuration without error.
const accepted = "syntax is ok"

// odd is one input: the main file, the parameter of -g, and further files by name.
type odd struct {
	name    string
	conf    string
	globals string
	files   map[string]string
}

// x repeats a byte.
func x(n int) string { return strings.Repeat("x", n) }

// oddities are inputs whose first error is lexical, or an unknown name that shows how nginx read a word.
func oddities() []odd {
	server := func(s string) string { return "events {}\nhttp {\n server {\n  " + s + "\n }\n}\n" }
	points := func(s string) string { return "debug_points " + s + ";\nevents {}\n" }
	return []odd{
		{name: "plain", conf: "events {}\n"},
		{name: "no final newline", conf: "events {}"},
		{name: "one line", conf: "env A;env B;events{}"},
		{name: "space before semicolon", conf: "env A ;\nevents {}\n"},
		{name: "CRLF", conf: "env A;\r\nevents {\r\n}\r\n"},
		{name: "lone CR separates words but not lines", conf: "env\rA;\rfoo B;"},
		{name: "form feed belongs to the word", conf: "env\fA;"},
		{name: "vertical tab belongs to the word", conf: "\vfoo A;"},
		{name: "byte order mark", conf: "\xef\xbb\xbfevents {}\n"},
		{name: "byte order mark before a comment", conf: "\xef\xbb\xbf# hello\nevents {}\n"},
		{name: "not UTF-8", conf: "caf\xe9 \xff;\n"},
		{name: "NUL in a name", conf: "foo\x00bar A;\n"},
		{name: "empty file", conf: ""},
		{name: "missing semicolon before a brace", conf: "events { worker_connections 10 }\n"},
		{name: "missing semicolon at the end", conf: "events {}\nenv A"},
		{name: "missing semicolon swallows the next line", conf: "env A\nevents {}\n"},
		{name: "lone semicolon", conf: "events {}\n;\n"},
		{name: "two semicolons", conf: "env A;;\n"},
		{name: "semicolon after a block", conf: "events {};\n"},
		{name: "lone opening brace", conf: "\n\n{\n}\n"},
		{name: "lone closing brace", conf: "events {}\n}\n"},
		{name: "closing brace too many", conf: "events {\n}}\n"},
		{name: "missing closing brace", conf: "events {\n\n"},
		{name: "missing closing brace of the inner block", conf: "events {}\nhttp {\n server {\n}\n"},
		{name: "missing closing brace hidden in a comment", conf: "events { # }\n"},
		{name: "words at the end of the file in a block", conf: "events {\n use epoll"},
		{name: "closing brace after words", conf: server("server_name a }")},
		{name: "closing brace glued to a word", conf: server("server_name a};") + "}"},
		{name: "brace splits a regex", conf: server("location ~ a{2} { }")},
		{name: "unclosed double quote", conf: server("server_name \"a;")},
		{name: "unclosed single quote", conf: server("server_name 'a;\n b;")},
		{name: "unclosed quote in a long file", conf: server("server_name 'a;\n" + strings.Repeat("env A;\n", 1000))},
		{name: "unclosed double quote in a long file", conf: server("\n\nserver_name \"a;\n" + strings.Repeat("env A;\n", 1000))},
		{name: "letter after a double quote", conf: server("server_name \"a\"b;")},
		{name: "letter after a single quote", conf: server("server_name 'a'b;")},
		{name: "quote after a quote", conf: server("server_name \"a\"\"b\";")},
		{name: "single quote after a double quote", conf: server("server_name \"a\"'b';")},
		{name: "closing brace after a quote", conf: server("server_name \"a\"}")},
		{name: "comment sign after a quote", conf: server("server_name \"a\"# c\n;")},
		{name: "backslash after a quote", conf: server("server_name 'a'\\ ;")},
		{name: "non-ASCII after a quote", conf: server("server_name 'a'\xc3\xa9;")},
		{name: "parenthesis after a quote", conf: "events {}\nfoo \"a\")b;"},
		{name: "parenthesis after a quote starts a word", conf: "debug_points \"stop\");"},
		{name: "parenthesis then letter after a name in quotes", conf: "\"foo\")bar;"},
		{name: "semicolon after a quote", conf: "env \"A\";\nevents {}\n"},
		{name: "brace after a quoted name", conf: "\"events\"{}\n"},
		{name: "quoted brace is no brace", conf: "events \"{\" }\n"},
		{name: "quotes hold semicolons and braces", conf: points("\"a;{}b\"")},
		{name: "quotes hold a comment sign", conf: points("'a # b'")},
		{name: "quotes hold line feeds", conf: points("'a\n\nb'")},
		{name: "quotes over lines count lines", conf: "env \"A\n\n\";\nfoo;"},
		{name: "error on the line of the semicolon", conf: "foo\n\n\n;"},
		{name: "error on the line of the brace", conf: "foo\n a\n{ }"},
		{name: "empty quotes as a name", conf: "'' x;"},
		{name: "empty quotes", conf: points("\"\"")},
		{name: "quote inside a word", conf: points("a\"b\"c")},
		{name: "apostrophe inside a word", conf: points("don't")},
		{name: "apostrophe inside a word does not open", conf: points("don't;") + "foo it's;"},
		{name: "backtick", conf: "`foo bar` x;"},
		{name: "comment sign inside a word", conf: points("a#b")},
		{name: "comment between arguments", conf: "env # it's { a }\n A;\nevents {}\n"},
		{name: "comment directly after the name's space", conf: "env #A;\nA;\nfoo;"},
		{name: "comment after a brace", conf: "events {# }\n}\n"},
		{name: "comment at the end without newline", conf: "events {} # end"},
		{name: "comment ends at line feed only", conf: "# a\renv A B C;\nfoo x;"},
		{name: "comment with a backslash at its end", conf: "# a \\\nfoo x;"},
		{name: "comment after words at the end", conf: "env A # ;"},
		{name: "escaped double quote", conf: points(`"a\"b"`)},
		{name: "escaped single quote", conf: points(`'a\'b'`)},
		{name: "other quote escaped", conf: points(`"a\'b"`)},
		{name: "escaped backslash", conf: points(`"a\\b"`)},
		{name: "escaped backslash before the quote", conf: points(`"a\\"`)},
		{name: "escaped tab, return and feed", conf: points(`"a\tb\rc\nd"`)},
		{name: "other escapes stay", conf: points(`"a\.b\$c\sd\;e\x"`)},
		{name: "escapes in a bare word", conf: points(`a\"b\'c\\d\te\rf\ng\.h`)},
		{name: "escaped space in a bare word", conf: points(`a\ b`)},
		{name: "escaped semicolon in a bare word", conf: points(`a\;b`)},
		{name: "escaped brace in a bare word", conf: points(`a\{b\}`)},
		{name: "escaped line feed in a bare word", conf: points("a\\\nb")},
		{name: "escape at a word's start", conf: points(`\"a"`)},
		{name: "escaped comment sign", conf: points(`\#a`)},
		{name: "escaped letter at a word's start", conf: points(`\na`)},
		{name: "backslash at the end of the file", conf: "foo a\\"},
		{name: "backslash before the closing quote", conf: points(`"a\"`)},
		{name: "name with escapes", conf: `f\too\"x a;`},
		{name: "variable in braces", conf: points("a${b}c")},
		{name: "variable in braces at the start", conf: points("${b}c")},
		{name: "several braces after a dollar", conf: points("a${{{b")},
		{name: "escaped dollar before a brace", conf: `foo a\${b};`},
		{name: "dollar, letter, brace", conf: "foo a$b{c};"},
		{name: "dollar at the end of a word", conf: points("a$")},
		{name: "dollar then space then brace", conf: "foo a$ {"},
		{name: "variable in quotes", conf: points(`"${a}$"`)},
		{name: "dollar before a closing quote", conf: `foo "a$"{`},
		{name: "unfinished variable", conf: "foo ${a"},
		{name: "longest word", conf: "env A;\ndebug_points " + x(4095) + ";\nevents {}\n"},
		{name: "word of the buffer's size", conf: "env A;\nenv " + x(4096) + ";\nevents {}\n"},
		{name: "word of the buffer's size at the end", conf: "env A;\nenv " + x(4096)},
		{name: "word beyond the buffer's size", conf: "env A;\n\nenv " + x(5000) + ";\nevents {}\n"},
		{name: "longest word before a space", conf: "debug_points " + x(4095) + " ;\nevents {}\n"},
		{name: "longest word before a line feed", conf: "debug_points " + x(4095) + "\n;\nevents {}\n"},
		{name: "word and a space below the buffer's size", conf: "debug_points " + x(4094) + " ;\nevents {}\n"},
		{name: "longest quoted string", conf: "debug_points \"" + x(4094) + "\";\nevents {}\n"},
		{name: "quoted string of one less than the buffer", conf: "debug_points \"" + x(4095) + "\";\nevents {}\n"},
		{name: "quoted string of the buffer's size", conf: "debug_points \"" + x(4096) + "\";\nevents {}\n"},
		{name: "quoted string with a space at the limit", conf: "debug_points \"" + x(4094) + "\" ;\nevents {}\n"},
		{name: "quoted string with a space below the limit", conf: "debug_points \"" + x(4093) + "\" ;\nevents {}\n"},
		{name: "single-quoted string too long", conf: "\nenv '" + x(5000) + "';\nevents {}\n"},
		{name: "quoted string over lines too long", conf: "\nenv 'a\n\n" + x(5000) + "';\nevents {}\n"},
		{name: "word starting with line feeds too long", conf: "env a\\\n\\\n\\\nb\t" + x(4100) + ";\n"},
		{name: "longest comment", conf: "#" + x(4094) + "\nfoo;"},
		{name: "comment of the buffer's size", conf: "#" + x(4095) + "\nfoo;"},
		{name: "comment beyond the buffer", conf: "\n\n#" + x(5000) + "\nfoo;"},
		{name: "comment of the buffer's size at the end", conf: "events {}\n#" + x(4095)},
		{name: "comment beyond the buffer at the end", conf: "events {}\n#" + x(4096)},
		{name: "long white space", conf: strings.Repeat(" ", 9000) + "foo;"},
		{name: "escape across the limit", conf: "env " + x(4095) + "\\" + x(10) + ";\n"},
		{name: "too long word across the second buffer", conf: strings.Repeat("env A;\n", 1000) + "env " + x(4096) + ";\n"},
		{name: "long name is cut in the message", conf: x(3000) + " a;\n"},
		{name: "empty -g", conf: "events {}\n", globals: " "},
		{name: "-g without semicolon", conf: "events {}\n", globals: "env A"},
		{name: "-g with a block", conf: "events {}\n", globals: "events {}"},
		{name: "-g with a closing brace", conf: "events {}\n", globals: "env A;\n}"},
		{name: "-g with a letter after a quote", conf: "events {}\n", globals: "env 'A'B;"},
		{name: "-g with an open quote", conf: "events {}\n", globals: "env 'A;"},
		{name: "-g with an unknown name", conf: "events {}\n", globals: "env A;\n\nfoo;"},
		{name: "-g with a lone semicolon", conf: "events {}\n", globals: ";"},
		{name: "-g with a long word", conf: "events {}\n", globals: "debug_points " + x(5000) + ";"},
		{name: "-g with a comment", conf: "events {}\n", globals: "env A; # it's"},
		{name: "-g includes a file", conf: "events {}\n", globals: "include x.conf;", files: map[string]string{"x.conf": "\nfoo;"}},
		{name: "-g includes a file with a block", conf: "env A;\n", globals: "include x.conf;", files: map[string]string{"x.conf": "events {}"}},
		{name: "-g includes a missing file", conf: "events {}\n", globals: "include x.conf;"},
		{name: "include of a missing file", conf: "events {}\n\ninclude\n missing.conf\n;"},
		{name: "include of a missing absolute file", conf: "include /nonexistent/x.conf;"},
		{name: "include below a file", conf: "include nginx.conf/x;"},
		{name: "include of a directory", conf: "events {}\ninclude ../conf;"},
		{name: "include of an empty name", conf: "events {}\ninclude '';"},
		{name: "include with a NUL", conf: "events {}\ninclude a\x00b;"},
		{name: "include pattern without a match", conf: "events {}\ninclude d/*.conf;\n"},
		{name: "include in sorted order", conf: "include d/*;\n", files: map[string]string{"d/b": "bb;", "d/a": "\n\naa;", "d/.0": "zz;", "d/B": "BB;"}},
		{name: "include leaves hidden files", conf: "include d/*;\nevents {}\n", files: map[string]string{"d/.a": "aa;"}},
		{name: "include with a set", conf: "include d/[!a]*;\n", files: map[string]string{"d/a": "aa;", "d/b": "bb;"}},
		{name: "include with a range and a question mark", conf: "include d/[b-d]?;\n", files: map[string]string{"d/a1": "aa;", "d/c2": "cc;"}},
		{name: "include with directories in the pattern", conf: "include d*/?/*.conf;\n", files: map[string]string{"d2/x/a.conf": "aa;", "d1/y/b.conf": "bb;"}},
		{name: "include with an open set", conf: "include d/[a;\nevents {}\n", files: map[string]string{"d/a": "aa;"}},
		{name: "include pattern meets a directory", conf: "include d/*;\n", files: map[string]string{"d/sub/x": "aa;"}},
		{name: "include with backslashes", conf: "include d/\\[a*;\n", files: map[string]string{"d/[ab": "aa;", "d/b": "bb;"}},
		{name: "include inside a block", conf: "events {}\nhttp {\n include x.conf;\n}\n", files: map[string]string{"x.conf": "server {\n foo;\n}"}},
		{name: "included file with a closing brace", conf: "events {}\nhttp {\n include x.conf;\n}\n", files: map[string]string{"x.conf": "server { }\n}\n"}},
		{name: "included file with an open block", conf: "events {}\nhttp {\n include x.conf;\n}\n", files: map[string]string{"x.conf": "server {\n\n"}},
		{name: "included file with an open directive", conf: "events {}\nhttp {\n include x.conf;\n}\n", files: map[string]string{"x.conf": "server_name a"}},
		{name: "line numbers after an include", conf: "include x.conf;\nfoo;", files: map[string]string{"x.conf": "\n\n\n\nenv A;\n\n"}},
		{name: "include in two steps", conf: "include sub/x.conf;\n", files: map[string]string{"sub/x.conf": "env A;\ninclude sub/y.conf;", "sub/y.conf": "\nfoo;"}},
		{name: "include is relative to the main file", conf: "include sub/x.conf;\n", files: map[string]string{"sub/x.conf": "\ninclude y.conf;", "sub/y.conf": "\nfoo;"}},
		{name: "include of itself", conf: "env A;\ninclude nginx.conf;\n"},
		{name: "include of itself inside a block", conf: "events {\n include nginx.conf;\n}\n"},
		{name: "block in types", conf: "events {}\nhttp {\n types {\n  a b;\n  c {\n }\n }\n}\n"},
		{name: "types with an include", conf: "events {}\nhttp {\n types {\n  include x.conf;\n }\n}\n", files: map[string]string{"x.conf": "text/plain txt;\n}"}},
		{name: "types with an open quote", conf: "events {}\nhttp {\n types {\n  'a b;\n }\n}\n"},
		{name: "nested locations", conf: server("location / { location /a { location /a/b { foo; } } }")},
	}
}

// TestRecordedErrors compares with what nginx was recorded to say.
func TestRecordedErrors(t *testing.T) {
	answers := readRecorded(t)
	if len(answers) != len(oddities()) {
		t.Errorf("%d answers recorded for %d inputs", len(answers), len(oddities()))
	}
	for _, o := range oddities() {
		t.Run(o.name, func(t *testing.T) {
			want, ok := answers[o.name]
			if !ok {
				t.Fatal("nothing recorded: run with -record")
			}
			if got := ours(t, o); got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

// TestErrorsBesideNginx asks the nginx installed here; it fails where there is none.
func TestErrorsBesideNginx(t *testing.T) {
	nginx := findNginx(t)
	var lines strings.Builder
	for _, o := range oddities() {
		t.Run(o.name, func(t *testing.T) {
			want := theirs(t, nginx, o)
			fmt.Fprintf(&lines, "%s\t%q\n", o.name, want)
			if got := ours(t, o); got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
	if *record {
		if err := os.WriteFile(recorded, []byte(lines.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// findNginx is the nginx to compare with; Debian keeps it where users have no path.
func findNginx(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"nginx", "/usr/sbin/nginx"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("nginx is not installed: the comparison needs it")
	return ""
}

// lay writes an input's files and gives the main one's path.
func lay(t *testing.T, o odd) string {
	t.Helper()
	directory := filepath.Join(t.TempDir(), "conf")
	write := func(name, content string) {
		path := filepath.Join(directory, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("nginx.conf", o.conf)
	for name, content := range o.files {
		write(name, content)
	}
	return filepath.Join(directory, "nginx.conf")
}

// theirs is nginx's first line, the directory replaced by DIR.
func theirs(t *testing.T, nginx string, o odd) string {
	t.Helper()
	path := lay(t, o)
	directory := filepath.Dir(path)
	arguments := []string{"-t", "-p", directory, "-e", filepath.Join(directory, "e.log"), "-c", path}
	if o.globals != "" {
		arguments = append(arguments, "-g", o.globals)
	}
	// 1024 descriptors, as nearly everywhere: the include cycles count on it.
	command := exec.Command("sh", append([]string{"-c", `ulimit -n 1024; exec "$0" "$@"`, nginx}, arguments...)...)
	output, err := command.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(output), directory, "DIR")
	text, _, _ = strings.Cut(text, "\nnginx: configuration file ")
	text = strings.TrimSuffix(strings.TrimPrefix(text, "nginx: "), "\n")
	if strings.Contains(text, accepted) {
		return accepted
	}
	return text
}

// ours is what the reader finds, in nginx's form.
func ours(t *testing.T, o odd) string {
	t.Helper()
	path := lay(t, o)
	e := &evaluator{r: NewReader(Options{ConfPrefix: filepath.Dir(path)})}
	err := e.r.ReadString(o.globals, e.directive)
	if err == nil {
		err = e.r.ReadFile(path, e.directive)
	}
	if err == nil {
		return accepted
	}
	var failure *Error
	if !errors.As(err, &failure) {
		t.Fatalf("error without position: %v", err)
	}
	text := fmt.Sprintf("[%s] %s", failure.Level, failure)
	return strings.ReplaceAll(text, filepath.Dir(path), "DIR")
}

// evaluator carries out the few directives the inputs use, with nginx's errors.
type evaluator struct {
	r     *Reader
	block string // the block around, "" at the top
}

func (e *evaluator) directive(d *Directive) error {
	name, _, _ := strings.Cut(d.Name, "\x00")
	blocks := map[string]string{"events": "", "http": "", "server": "http", "location": "server", "types": "http"}
	simple := map[string]string{"env": "", "debug_points": "", "server_name": "server", "worker_connections": "events", "use": "events"}
	inside, isBlock := blocks[d.Name]
	here, isSimple := simple[d.Name]
	switch {
	case d.Name == "include" && !d.IsBlock && len(d.Args) == 1:
		return e.r.Include(d, e.directive)
	case isBlock && !d.IsBlock:
		return d.Error(Emerg, fmt.Sprintf("directive \"%s\" has no opening \"{\"", name))
	case isBlock && inside != e.block && (name != "location" || e.block != "location"):
		return d.Error(Emerg, fmt.Sprintf("\"%s\" directive is not allowed here", name))
	case isBlock && (name == "events" || name == "http") && len(d.Args) > 0:
		return d.Error(Emerg, fmt.Sprintf("invalid number of arguments in \"%s\" directive", name))
	case isBlock:
		outer := e.block
		e.block = name
		defer func() { e.block = outer }()
		if name == "types" {
			return e.r.Block(e.types)
		}
		return e.r.Block(e.directive)
	case !isSimple:
		return d.Error(Emerg, fmt.Sprintf("unknown directive \"%s\"", name))
	case here != e.block:
		return d.Error(Emerg, fmt.Sprintf("\"%s\" directive is not allowed here", name))
	case d.IsBlock:
		return d.Error(Emerg, fmt.Sprintf("directive \"%s\" is not terminated by \";\"", name))
	case name != "server_name" && len(d.Args) != 1:
		return d.Error(Emerg, fmt.Sprintf("invalid number of arguments in \"%s\" directive", name))
	case name == "debug_points" && d.Args[0] != "stop":
		return d.Error(Emerg, fmt.Sprintf("invalid value \"%s\"", d.Args[0]))
	}
	return nil
}

func (e *evaluator) types(d *Directive) error {
	if d.IsBlock {
		return d.Error(Emerg, "unexpected \"{\"")
	}
	if d.Name == "include" {
		return e.r.Include(d, e.types)
	}
	return nil
}

// readRecorded reads testdata/errors.txt: name, tab, quoted answer.
func readRecorded(t *testing.T) map[string]string {
	t.Helper()
	content, err := os.ReadFile(recorded)
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]string{}
	for line := range strings.Lines(string(content)) {
		name, quoted, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		answer, err := strconv.Unquote(quoted)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		answers[name] = answer
	}
	return answers
}
