package main

import (
	"fmt"
	"slices"
	"strings"

	"understudy/config"
)

// module is one of nginx's modules with its directives.
type module struct {
	name       string
	directives []config.DirectiveInfo
	count      [3]int // by config.Status
}

// group sorts nginx's own directives by module: those with something that is carried out first, each part by name.
func group(list []config.DirectiveInfo) (here, absent []*module) {
	byName := map[string]*module{}
	for _, d := range list {
		if d.Origin != 0 {
			continue
		}
		m := byName[d.Module]
		if m == nil {
			m = &module{name: d.Module}
			byName[d.Module] = m
		}
		m.directives = append(m.directives, d)
		m.count[d.Status]++
	}
	for _, m := range byName {
		slices.SortStableFunc(m.directives, func(a, b config.DirectiveInfo) int { return strings.Compare(a.Name, b.Name) })
		if m.count[config.Supported]+m.count[config.Accepted] > 0 {
			here = append(here, m)
		} else {
			absent = append(absent, m)
		}
	}
	for _, part := range [][]*module{here, absent} {
		slices.SortFunc(part, func(a, b *module) int {
			if d := rank(a.name) - rank(b.name); d != 0 {
				return d
			}
			return strings.Compare(a.name, b.name)
		})
	}
	return here, absent
}

// rank puts the process before HTTP before TCP before mail.
func rank(module string) int {
	for i, prefix := range []string{"ngx_http_", "ngx_stream_", "ngx_mail_"} {
		if strings.HasPrefix(module, prefix) {
			return i + 1
		}
	}
	return 0
}

// summary is the README's table: how many directives of each module are what.
func summary(list []config.DirectiveInfo) string {
	here, absent := group(list)
	var b strings.Builder
	var total [3]int
	b.WriteString("| nginx's module | carried out | accepted without effect | known, not yet |\n|---|--:|--:|--:|\n")
	row := func(name string, count [3]int) {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", name, number(count[config.Supported]), number(count[config.Accepted]), number(count[config.NotSupported]))
		for i := range total {
			total[i] += count[i]
		}
	}
	for _, m := range here {
		row(fmt.Sprintf("[%s](docs/directives.md#%s)", m.name, m.name), m.count)
	}
	var rest [3]int
	for _, m := range absent {
		rest[config.NotSupported] += m.count[config.NotSupported]
	}
	if len(absent) > 0 {
		row(fmt.Sprintf("[%d modules more](docs/directives.md#modules-not-here-yet)", len(absent)), rest)
	}
	row("**all**", total)
	return b.String()
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// reference is docs/directives.md.
func reference(list []config.DirectiveInfo) string {
	here, absent := group(list)
	var b strings.Builder
	fmt.Fprintf(&b, `# Directives

What becomes of each directive of nginx %s. Written from the modules' declarations by `+"`make docs`"+`; do not edit.
`+"`understudy directives NAME`"+` prints the same at the command line.

* **yes**: carried out.
* **no effect**: accepted and, where nginx checks its arguments, checked; there is nothing for it to do here, for the reason given.
* **not yet**: nginx knows it and Understudy does not carry it out. A configuration that uses it is refused with nginx's
  `+"`unknown directive`"+` and a hint that says so; it is never skipped silently.

`+"`include`"+` is carried out everywhere, in any block.

`, config.TableVersion)
	for _, m := range here {
		fmt.Fprintf(&b, "## %s\n\n| directive | arguments | default | in | here |\n|---|---|---|---|---|\n", m.name)
		for _, d := range m.directives {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", code(d.Name), code(arguments(d)), code(d.Default), d.Contexts, verdict(d))
		}
		b.WriteString("\n")
	}
	b.WriteString("## Modules not here yet\n\n| module | directives |\n|---|---|\n")
	for _, m := range absent {
		fmt.Fprintf(&b, "| %s | %s |\n", m.name, names(m.directives))
	}
	b.WriteString("\n## Not part of nginx\n\nRefused, with a hint that says whose they are.\n\n")
	for _, o := range []struct {
		origin config.Origin
		title  string
	}{{config.Plus, "NGINX Plus"}, {config.Foreign, "Other people's modules"}} {
		var those []config.DirectiveInfo
		for _, d := range list {
			if d.Origin == o.origin {
				those = append(those, d)
			}
		}
		slices.SortStableFunc(those, func(a, b config.DirectiveInfo) int { return strings.Compare(a.Name, b.Name) })
		fmt.Fprintf(&b, "%s: %s.\n\n", o.title, names(those))
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// names lists each name once.
func names(list []config.DirectiveInfo) string {
	var out []string
	for _, d := range list {
		out = append(out, code(d.Name))
	}
	return strings.Join(slices.Compact(out), " ")
}

func verdict(d config.DirectiveInfo) string {
	switch {
	case d.Status == config.Supported:
		return "yes"
	case d.Status == config.Accepted:
		return "no effect: " + escape(d.Reason)
	case d.Reason != "":
		return "refused: " + escape(d.Reason)
	}
	return "not yet"
}

// arguments is the documented syntax, else how many arguments there are.
func arguments(d config.DirectiveInfo) string {
	text := d.Syntax
	if text == "" && d.Args != "0" {
		text = d.Args
	}
	if d.Block {
		text = strings.TrimSpace(text + " { … }")
	}
	return text
}

// code sets text in a cell as code.
func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + escape(text) + "`"
}

func escape(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
