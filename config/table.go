// The table of all directives that nginx knows, and what can be said about one that is not declared here.

package config

import "sort"

//go:generate go run ./directives/gen -nginx ${NGINX_SRC} -docs ${NGINX_DOCS}

// Origin says whose a directive is.
type Origin uint8

// Origins of directives in the table; the zero value is nginx itself.
const (
	Plus    Origin = iota + 1 // the commercial version
	Foreign                   // a module that is not part of nginx
	Removed                   // documented, but no longer in nginx
)

// Known is a directive in the table of nginx's directives. One name may have several rows: one for each module.
type Known struct {
	Name    string
	Module  string
	In      Context // 0: not recorded
	Args    string  // as in tags; "any" where only the documentation tells
	Block   bool
	Default string // as documented; "" if none
	Syntax  string // arguments as documented: <value>s and words; forms separated by "; "
	Origin  Origin
}

// Table gives all rows, sorted by name and module. The caller must not change it.
func Table() []Known { return table }

// LookupTable gives the rows of one name.
func LookupTable(name string) []Known {
	from := sort.Search(len(table), func(i int) bool { return table[i].Name >= name })
	to := from
	for to < len(table) && table[to].Name == name {
		to++
	}
	return table[from:to]
}
