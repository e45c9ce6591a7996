package vars

import "strings"

// Used tells whether the configuration refers to the variable of that name anywhere: a module whose variable nobody sets or reads
// may have less to do.
func (t *Table) Used(name string) bool { return t.byName[strings.ToLower(name)] != nil }
