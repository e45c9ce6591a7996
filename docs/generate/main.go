// Command generate writes those parts of the documents that follow from the code: all of docs/directives.md and README.md's
// table from the modules' declarations, ARCHITECTURE.md's map from the packages' comments and imports. `make docs` runs it;
// its test fails when the files differ from what it would write.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"understudy/config"
	"understudy/modules"
)

// What is written into a document stands between these lines.
const (
	begin = "<!-- written by `make docs` -->"
	end   = "<!-- end -->"
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
	files := map[string]string{"docs/directives.md": reference(list)}
	rooms, err := readPackages(root)
	if err != nil {
		return nil, err
	}
	for name, part := range map[string]string{"README.md": summary(list), "ARCHITECTURE.md": houseMap(rooms)} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return nil, err
		}
		if files[name], err = between(string(text), part); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return files, nil
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
