// Hints: what Understudy says about an error beyond nginx's own line.

package config

import (
	"fmt"
	"slices"
	"strings"

	"understudy/parser"
)

// unknown makes the error of a directive that no module takes in block b; elsewhere: it is declared for other places. nginx's
// own words depend on whether nginx knows the name, so the table is asked too.
func (c *Config) unknown(b *Block, d *parser.Directive, elsewhere bool) error {
	rows := LookupTable(d.Name)
	var nginx, here, declared Context // here: of the modules that take it in b
	for _, r := range rows {
		if r.Origin != 0 {
			continue
		}
		nginx |= r.In
		if r.In&b.Kind != 0 {
			here |= r.In
		}
	}
	for _, f := range c.Registry.byName[d.Name] {
		declared |= f.in
	}
	misplaced := elsewhere || nginx != 0 && nginx&b.Kind == 0
	text := `unknown directive "` + d.Name + `"`
	if misplaced {
		text = `"` + d.Name + `" directive is not allowed here`
	}
	e := d.Error(parser.Emerg, text)
	switch {
	case elsewhere && nginx&b.Kind != 0:
		e.Unsupported = true
		e.Hint = fmt.Sprintf("nginx allows it here; %s supports it only in: %s", c.Program(), declared)
	case misplaced:
		e.Hint = placement(b, nginx|declared)
	case nginx != 0:
		e.Unsupported = true
		e.Hint = fmt.Sprintf("known to nginx (%s), not supported by %s yet", here, c.Program())
	case len(rows) > 0:
		e.Hint, e.Unsupported = origin(rows, c.Program())
	default:
		e.Hint = didYouMean(d.Name, c.Registry.namesIn(b.Kind))
	}
	return e
}

// Program is how hints name the program.
func (c *Config) Program() string { return strings.TrimSpace("understudy " + c.Version) }

// placement says where a directive may stand.
func placement(b *Block, in Context) string {
	hint := "it may stand in: " + in.String()
	switch {
	case b.Kind == Main && in&(HTTP|Server|Location) != 0 && in&(Main|Stream|StreamServer) == 0:
		hint += "; a file like this is meant to be included inside http { … }"
	case b.Kind == Main && in&httpFamily != 0:
		hint += "; if this file is a part of a configuration, run one that says: events { } http { include FILE; }"
	}
	return hint
}

// advice for directives that nginx has dropped.
var advice = map[string]string{
	"ssl":                     "write `ssl` behind the port instead: `listen 443 ssl;`",
	"limit_zone":              "use `limit_conn_zone` instead",
	"status":                  "use `stub_status` instead",
	"spdy_headers_comp":       "use `http2 on;` instead",
	"spdy_chunk_size":         "use `http2 on;` instead",
	"upstream_conf":           "upstream groups are changed by a reload",
	"http2_push":              "use `early_hints` or a Link header instead",
	"http2_push_preload":      "use `early_hints` or a Link header instead",
	"http2_max_field_size":    "use `large_client_header_buffers` instead",
	"http2_max_header_size":   "use `large_client_header_buffers` instead",
	"http2_max_requests":      "use `keepalive_requests` instead",
	"http2_idle_timeout":      "use `keepalive_timeout` instead",
	"http2_recv_timeout":      "use `client_header_timeout` instead",
	"proxy_downstream_buffer": "use `proxy_buffer_size` instead",
}

// origin says whose a directive is that nginx itself does not have, and whether a module may bring it.
func origin(rows []Known, program string) (hint string, module bool) {
	first := rows[0]
	for _, r := range rows {
		if r.Origin < first.Origin {
			first = r
		}
	}
	switch first.Origin {
	case Plus:
		return fmt.Sprintf("belongs to NGINX Plus (%s), not to nginx; not supported by %s", first.Module, program), true
	case Foreign:
		return fmt.Sprintf("belongs to %s, which is not part of nginx; not supported by %s", first.Module, program), true
	}
	hint = "nginx " + TableVersion + " no longer has it"
	if a := advice[first.Name]; a != "" {
		hint += "; " + a
	}
	return hint, false
}

// hinted adds a hint to an error made at directive d, if it has none: a `;` that is missing on a line before.
func (c *Config) hinted(d *parser.Directive, err error) error {
	e := asError(err)
	if e == nil || e.Hint != "" || e.File != d.File || e.Line != d.EndLine {
		return err
	}
	e.Hint = c.missingSemicolon(d)
	return err
}

// missingSemicolon finds an argument that begins a line and is the name of a directive.
func (c *Config) missingSemicolon(d *parser.Directive) string {
	line := 0
	for i, p := range d.Parameters {
		if p.RelativeLineIndex > line && !d.Quoted[i] && c.isDirective(d.Args[i]) {
			before := d.Name
			if i > 0 {
				before += " " + strings.Join(d.Args[:i], " ")
			}
			return fmt.Sprintf(`a ";" is missing at the end of line %d, behind "%s"`, d.Line+line, shorten(before, 60))
		}
		line = p.RelativeLineIndex + strings.Count(p.Value, "\n")
	}
	return ""
}

func (c *Config) isDirective(name string) bool {
	return name == "include" || len(c.Registry.byName[name]) > 0 || len(LookupTable(name)) > 0
}

func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}

// oneOf lists the names of an enum, the nearest first if one is near.
func oneOf(names []enumName, text string) string {
	var list []string
	for _, n := range names {
		list = append(list, n.name)
	}
	if near := didYouMean(text, list); near != "" {
		return near
	}
	return "one of: " + strings.Join(list, ", ")
}

// namesIn lists the directives that may stand in a block of the kind.
func (r *Registry) namesIn(kind Context) []string {
	names := []string{"include"}
	for name, fields := range r.byName {
		for _, f := range fields {
			if f.in&kind != 0 {
				names = append(names, name)
				break
			}
		}
	}
	slices.Sort(names)
	return names
}

// didYouMean names up to three of the names that are nearest to a word, "" if none is near.
func didYouMean(word string, names []string) string {
	limit := min(max(1, len(word)/4), 3)
	var best []string
	for _, name := range names {
		n := distance(strings.ToLower(word), name, limit)
		switch {
		case n > limit || n >= len(word):
		case n < limit || best == nil:
			limit, best = n, []string{name}
		case len(best) < 3:
			best = append(best, name)
		}
	}
	if best == nil {
		return ""
	}
	return `did you mean "` + strings.Join(best, `" or "`) + `"?`
}

// distance counts insertions, deletions, replacements and swaps of neighbours that turn a into b; more than limit is not
// counted out.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before, last, now := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
		}
		before, last, now = last, now, before
	}
	return last[len(b)]
}
