// How many arguments a directive takes.

package config

import (
	"fmt"
	"strconv"
	"strings"
)

// Arity is the set of argument counts that a directive takes.
type Arity struct {
	counts uint32 // bit n: n arguments
	more   int    // n or more, when not 0
	any    bool
}

// maxArgs is the largest argument count that nginx lets a directive state exactly.
const maxArgs = 7

// ParseArity reads the spelling of `args:"…"` tags: "1", "1-2", "1 3", "2+", "any".
func ParseArity(text string) (Arity, error) {
	var a Arity
	for word := range strings.FieldsSeq(text) {
		if word == "any" {
			a.any = true
			continue
		}
		if n, ok := strings.CutSuffix(word, "+"); ok {
			least, err := strconv.Atoi(n)
			if err != nil || least < 0 {
				return a, fmt.Errorf("bad args %q", text)
			}
			a.more = least
			if least == 0 {
				a.any = true
			}
			continue
		}
		from, to, ranged := strings.Cut(word, "-")
		if !ranged {
			to = from
		}
		lo, err1 := strconv.Atoi(from)
		hi, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil || lo < 0 || hi < lo || hi > maxArgs {
			return a, fmt.Errorf("bad args %q", text)
		}
		for n := lo; n <= hi; n++ {
			a.counts |= 1 << n
		}
	}
	if a.counts == 0 && a.more == 0 && !a.any {
		return a, fmt.Errorf("bad args %q", text)
	}
	return a, nil
}

// Allows tells whether a directive may have n arguments.
func (a Arity) Allows(n int) bool {
	return a.any || a.more > 0 && n >= a.more || n <= maxArgs && a.counts&(1<<n) != 0
}

// String gives the spelling of tags.
func (a Arity) String() string {
	if a.any {
		return "any"
	}
	var words []string
	for n := 0; n <= maxArgs; n++ {
		if a.counts&(1<<n) == 0 {
			continue
		}
		last := n
		for last < maxArgs && a.counts&(1<<(last+1)) != 0 {
			last++
		}
		if last == n {
			words = append(words, strconv.Itoa(n))
		} else {
			words = append(words, fmt.Sprintf("%d-%d", n, last))
		}
		n = last
	}
	if a.more > 0 {
		words = append(words, strconv.Itoa(a.more)+"+")
	}
	return strings.Join(words, " ")
}
