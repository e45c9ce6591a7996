package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/config"
)

const root = "../.."

func TestDocumentsAgreeWithDeclarations(t *testing.T) {
	files, err := render(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Error(err)
			continue
		}
		if string(got) != want {
			t.Errorf("%s differs from the declarations: run `make docs` and commit it. First difference:\n%s", name, difference(string(got), want))
		}
	}
}

// difference shows the first line that is not the same.
func difference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(a), len(b)) {
		var x, y string
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			return "- " + x + "\n+ " + y
		}
	}
	return ""
}

func TestEachStatusIsShown(t *testing.T) {
	list := []config.DirectiveInfo{
		{Name: "one", Module: "ngx_http_a_module", Contexts: config.HTTP, Args: "1", Default: "off", Syntax: "on | off"},
		{Name: "two", Module: "ngx_http_a_module", Contexts: config.HTTP, Args: "2+", Status: config.Accepted, Reason: "no need"},
		{Name: "three", Module: "ngx_http_b_module", Contexts: config.Server, Block: true, Args: "0", Status: config.NotSupported},
		{Name: "four", Module: "ngx_http_c_module", Status: config.NotSupported, Origin: config.Plus},
	}
	text := reference(list)
	for _, want := range []string{
		"| `one` | `on \\| off` | `off` | http | yes |",
		"| `two` | `2+` |  | http | no effect: no need |",
		"| ngx_http_b_module | `three` |",
		"NGINX Plus: `four`.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	table := summary(list)
	for _, want := range []string{"#ngx_http_a_module) | 1 | 1 |  |", "1 modules more](docs/directives.md#modules-not-here-yet) |  |  | 1 |", "| **all** | 1 | 1 | 1 |"} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is missing in\n%s", want, table)
		}
	}
}

func TestMissingMarkersAreReported(t *testing.T) {
	for _, text := range []string{"", "no markers", begin + "\n"} {
		if _, err := between(text, "table"); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
	got, err := between("a\n"+begin+"\nold\n"+end+"\nb\n", "new\n")
	if want := "a\n" + begin + "\n\nnew\n\n" + end + "\nb\n"; err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}
