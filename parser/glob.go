// File name patterns of include, matched as the C library's glob(3) does without flags: sorted by bytes, a leading dot only by
// a dot, unreadable directories empty. filepath.Glob differs in dots and in the negation `[!…]`.

package parser

import (
	"os"
	"slices"
	"strings"
)

// hasMeta tells whether nginx takes an include's name for a pattern.
func hasMeta(name string) bool { return strings.ContainsAny(name, "*?[") }

// glob lists the existing names that match a pattern, sorted.
func glob(pattern string) []string {
	pattern, _, _ = strings.Cut(pattern, "\x00")
	root := len(pattern) - len(strings.TrimLeft(pattern, "/"))
	names := []string{pattern[:root]}
	rest := pattern[root:]
	for rest != "" {
		element, _, _ := strings.Cut(rest, "/")
		after := strings.TrimLeft(rest[len(element):], "/")
		separator := rest[len(element) : len(rest)-len(after)]
		rest = after
		names = step(names, element, separator)
	}
	slices.Sort(names)
	return names
}

// step follows one element of the pattern from every directory found so far.
func step(directories []string, element, separator string) []string {
	var found []string
	for _, directory := range directories {
		if !hasMeta(element) {
			name := directory + literal(element)
			if _, err := os.Lstat(name); err == nil {
				found = append(found, name+separator)
			}
			continue
		}
		for _, name := range list(directory) {
			if name[0] == '.' && element[0] != '.' || !match(element, name) {
				continue
			}
			if separator != "" {
				if info, err := os.Stat(directory + name); err != nil || !info.IsDir() {
					continue
				}
			}
			found = append(found, directory+name+separator)
		}
	}
	return found
}

// list reads a directory's names, "." and ".." excepted; none if it cannot be read.
func list(directory string) []string {
	if directory == "" {
		directory = "."
	}
	f, err := os.Open(directory)
	if err != nil {
		return nil
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		return nil
	}
	return names
}

// literal removes the backslashes of an element without wildcards.
func literal(element string) string {
	if !strings.Contains(element, `\`) {
		return element
	}
	var b strings.Builder
	for i := 0; i < len(element); i++ {
		if element[i] == '\\' && i+1 < len(element) {
			i++
		}
		b.WriteByte(element[i])
	}
	return b.String()
}

// match is fnmatch(3) on one path element: * ? [set] [!set] and backslash escapes.
func match(pattern, name string) bool {
	retry, retryName, starred := "", "", false // after the last * seen, and what it has not yet swallowed
	for {
		if strings.HasPrefix(pattern, "*") {
			pattern = strings.TrimLeft(pattern, "*")
			retry, retryName, starred = pattern, name, true
		}
		if pattern == "" && name == "" {
			return true
		}
		if rest, ok := matchOne(pattern, name); ok {
			pattern, name = rest, name[1:]
			continue
		}
		// Only the last * can usefully take one byte more.
		if !starred || retryName == "" {
			return false
		}
		retryName = retryName[1:]
		pattern, name = retry, retryName
	}
}

// matchOne matches the name's first byte against the first thing in the pattern and returns the rest of the pattern.
func matchOne(pattern, name string) (rest string, ok bool) {
	if pattern == "" || name == "" {
		return "", false
	}
	switch pattern[0] {
	case '?':
		return pattern[1:], true
	case '[':
		if hit, rest, ok := matchSet(pattern, name[0]); ok {
			return rest, hit
		}
	case '\\':
		if len(pattern) > 1 {
			pattern = pattern[1:]
		}
	}
	return pattern[1:], pattern[0] == name[0]
}

// matchSet matches one byte against the bracket expression that pattern begins with; ok is false if the bracket is not closed
// and therefore an ordinary character.
func matchSet(pattern string, ch byte) (hit bool, rest string, ok bool) {
	i := 1
	negated := i < len(pattern) && (pattern[i] == '!' || pattern[i] == '^')
	if negated {
		i++
	}
	for first := true; i < len(pattern); first = false {
		if pattern[i] == ']' && !first {
			return hit != negated, pattern[i+1:], true
		}
		if after, ok := strings.CutPrefix(pattern[i:], "[:"); ok {
			if class, rest, ok := strings.Cut(after, ":]"); ok {
				hit = hit || inClass(class, ch)
				i = len(pattern) - len(rest)
				continue
			}
		}
		if pattern[i] == '\\' && i+1 < len(pattern) {
			i++
		}
		low, high := pattern[i], pattern[i]
		i++
		if i+1 < len(pattern) && pattern[i] == '-' && pattern[i+1] != ']' {
			i++
			if pattern[i] == '\\' && i+1 < len(pattern) {
				i++
			}
			high = pattern[i]
			i++
		}
		hit = hit || low <= ch && ch <= high
	}
	return false, "", false
}

// inClass is a POSIX character class in the C locale.
func inClass(class string, ch byte) bool {
	lower, upper, digit := 'a' <= ch && ch <= 'z', 'A' <= ch && ch <= 'Z', '0' <= ch && ch <= '9'
	switch class {
	case "alpha":
		return lower || upper
	case "digit":
		return digit
	case "alnum":
		return lower || upper || digit
	case "lower":
		return lower
	case "upper":
		return upper
	case "xdigit":
		return digit || 'a' <= ch && ch <= 'f' || 'A' <= ch && ch <= 'F'
	case "space":
		return ch == ' ' || '\t' <= ch && ch <= '\r'
	case "blank":
		return ch == ' ' || ch == '\t'
	case "punct":
		return '!' <= ch && ch <= '~' && !lower && !upper && !digit
	case "print":
		return ' ' <= ch && ch <= '~'
	case "graph":
		return '!' <= ch && ch <= '~'
	case "cntrl":
		return ch < ' ' || ch == 0x7f
	}
	return false
}
