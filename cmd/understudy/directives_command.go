// understudy directives: what becomes of each of nginx's directives.

package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"understudy/config"
)

func directivesCommand() *cli.Command {
	return &cli.Command{
		Name:      "directives",
		Usage:     "list nginx's directives and what becomes of each; NAME tells all about one, or lists those whose names contain it",
		ArgsUsage: "[NAME]",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "supported", Usage: "only those that are carried out"},
		},
		Action: func(c *cli.Context) error {
			return listDirectives(c.App.Writer, registry(chooseLayout()), c.Args().First(), c.Bool("supported"))
		},
	}
}

func listDirectives(w io.Writer, r *config.Registry, name string, supported bool) error {
	var exact, part []config.DirectiveInfo
	for _, d := range r.Directives() {
		switch {
		case supported && d.Status != config.Supported:
		case d.Name == name:
			exact = append(exact, d)
		case strings.Contains(d.Name, name):
			part = append(part, d)
		}
	}
	switch {
	case exact != nil:
		for i := range exact {
			if i > 0 {
				fmt.Fprintln(w)
			}
			describe(w, &exact[i])
		}
		return nil
	case part == nil && r.Near(name) != "":
		return fmt.Errorf("no directive's name contains %q; %s", name, r.Near(name))
	case part == nil:
		return fmt.Errorf("no directive's name contains %q", name)
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for i := range part {
		d := &part[i]
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", d.Name, d.Module, d.Contexts, fate(d))
	}
	return t.Flush()
}

// describe shows one directive in the order of nginx's documentation.
func describe(w io.Writer, d *config.DirectiveInfo) {
	fmt.Fprintf(w, "%s (%s)\n", d.Name, d.Module)
	end := ";"
	if d.Block {
		end = " { … }"
	}
	for i, form := range strings.Split(d.Syntax, "; ") {
		label := "syntax:"
		if i > 0 {
			label = ""
		}
		if d.Syntax == "" {
			form = "… (arguments: " + d.Args + ")"
		}
		fmt.Fprintf(w, "  %-9s%s\n", label, strings.TrimRight(d.Name+" "+form, " ")+end)
	}
	if d.Default != "" {
		fmt.Fprintf(w, "  default: %s\n", d.Default)
	}
	if d.Contexts != 0 {
		fmt.Fprintf(w, "  context: %s\n", d.Contexts)
	}
	fmt.Fprintf(w, "  status:  %s\n", fate(d))
}

// fate says what becomes of a directive, and why.
func fate(d *config.DirectiveInfo) string {
	text := d.Status.String()
	switch {
	case d.Reason != "":
		text += ": " + d.Reason
	case d.Origin == config.Plus:
		text += ": of the commercial version of nginx"
	case d.Origin == config.Foreign && d.Status == config.NotSupported:
		text += ": of a module that is not part of nginx"
	}
	return text
}
