// Reading of the list of well-known modules that are not part of nginx.

package main

import (
	"fmt"
	"os"
	"strings"
)

// readForeign reads lines `module: directive directive …`; a line that begins with a space goes on, # starts a comment.
func readForeign(path string) ([]row, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var rows []row
	module := ""
	for i, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		if !strings.HasPrefix(line, " ") {
			name, rest, ok := strings.Cut(line, ":")
			if !ok {
				return nil, fmt.Errorf("%s:%d: no module", path, i+1)
			}
			module, line = name, rest
		}
		for name := range strings.FieldsSeq(line) {
			name, block := strings.CutSuffix(name, "{}")
			rows = append(rows, row{name: name, module: module, block: block, origin: "foreign"})
		}
	}
	return rows, nil
}
