package hostname

import (
	"slices"
	"strings"
)

// Keys gives the names as nginx puts them into its three tables: exact ones, those that begin with a wildcard, turned around
// label by label, and those that end with one; both without the wildcard.
func (t *Table[T]) Keys() (exact, head, tail []string) {
	for _, e := range t.exact.entries {
		exact = append(exact, e.name)
	}
	for _, e := range t.head.entries {
		labels := strings.Split(e.name, ".")
		slices.Reverse(labels)
		head = append(head, strings.Join(labels, "."))
	}
	for _, e := range t.tail.entries {
		tail = append(tail, e.name)
	}
	return exact, head, tail
}
