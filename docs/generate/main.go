// Command generate writes what the documents say about directives from the modules' declarations: the whole of
// docs/directives.md, and the table in README.md between its two markers. `make docs` runs it; its test fails when the
// files differ from what it would write.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"understudy/config"
	"understudy/modules"
)

// The README's table stands between these lines.
const (
	begin = "<!-- directives: written by `make docs` -->"
	end   = "<!-- end of directives -->"
)

func main() {
	root := "."
	if len(os.Args) > 1 {
		root = os.Args[1]
	}
	if err := write(root); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// write brings the files below root up to date.
func write(root string) error {
	files, err := render(root)
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// render gives the files as they should be, by name below root.
func render(root string) (map[string]string, error) {
	list := config.NewRegistry(modules.All()...).Directives()
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		return nil, err
	}
	text, err := between(string(readme), summary(list))
	if err != nil {
		return nil, fmt.Errorf("README.md: %w", err)
	}
	return map[string]string{"README.md": text, "docs/directives.md": reference(list)}, nil
}

// between replaces what stands between the markers.
func between(text, table string) (string, error) {
	head, rest, ok := strings.Cut(text, begin)
	if !ok {
		return "", fmt.Errorf("the line %q is missing", begin)
	}
	_, tail, ok := strings.Cut(rest, end)
	if !ok {
		return "", fmt.Errorf("the line %q is missing", end)
	}
	return head + begin + "\n\n" + table + "\n" + end + tail, nil
}
