package main

import (
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
)

// room is a package of the program, or all modules together.
type room struct {
	name    string
	about   string
	imports map[string]bool
}

// apart are the packages that are no part of the program.
var apart = []string{"bench", "docs/generate", "config/directives/gen", "internal/"}

// readPackages asks the go command for the packages below root.
func readPackages(root string) (map[string]*room, error) {
	cmd := exec.Command("go", "list", "-f", `{{.ImportPath}}|{{.Doc}}|{{join .Imports " "}}`, "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	rooms := map[string]*room{}
	for line := range strings.Lines(string(out)) {
		path, rest, _ := strings.Cut(strings.TrimSpace(line), "|")
		i := strings.LastIndexByte(rest, '|')
		about, imports := rest[:i], rest[i+1:]
		name, ok := roomOf(path)
		if !ok {
			continue
		}
		r := rooms[name]
		if r == nil {
			r = &room{name: name, about: sentence(about), imports: map[string]bool{}}
			rooms[name] = r
		}
		for _, other := range strings.Fields(imports) {
			if to, ok := roomOf(other); ok && to != name {
				r.imports[to] = true
			}
		}
	}
	return rooms, nil
}

// roomOf names the room of an import path; modules/NAME are one.
func roomOf(path string) (string, bool) {
	name, ok := strings.CutPrefix(path, "understudy/")
	if !ok {
		return "", false
	}
	for _, other := range apart {
		if strings.HasPrefix(name, other) {
			return "", false
		}
	}
	if strings.HasPrefix(name, "modules/") {
		name = "modules/NAME"
	}
	return name, true
}

// sentence takes "Package x is" off a package's first sentence, and the stop at its end.
func sentence(about string) string {
	if rest, ok := strings.CutPrefix(about, "Package "); ok {
		_, about, _ = strings.Cut(rest, " ")
		about = strings.TrimPrefix(about, "is ")
	}
	return strings.TrimSuffix(about, ".")
}

// houseMap is the table of rooms, those that import most of the others first.
func houseMap(rooms map[string]*room) string {
	const modules = "one nginx module each: its directives, variables and handler in one place"
	depth := map[string]int{}
	var deep func(name string) int
	deep = func(name string) int {
		if depth[name] == 0 {
			n := 1
			for other := range rooms[name].imports {
				n = max(n, deep(other)+1)
			}
			depth[name] = n
		}
		return depth[name]
	}
	names := slices.Collect(maps.Keys(rooms))
	for _, name := range names {
		deep(name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := depth[b] - depth[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	var b strings.Builder
	b.WriteString("| package | what it is | imports |\n|---|---|---|\n")
	for _, name := range names {
		r := rooms[name]
		if name == "modules/NAME" {
			r.about = modules
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", code(name), escape(r.about), strings.Join(slices.Sorted(maps.Keys(r.imports)), " "))
	}
	return b.String()
}
