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
		Usage:     "list nginx's directives and what becomes of each; NAME shows those whose names contain it",
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
	found := false
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, d := range r.Directives() {
		if !strings.Contains(d.Name, name) || supported && d.Status != config.Supported {
			continue
		}
		found = true
		status := d.Status.String()
		if d.Reason != "" {
			status += ": " + d.Reason
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", d.Name, d.Module, d.Contexts, status)
	}
	if !found {
		return fmt.Errorf("no directive's name contains %q", name)
	}
	return t.Flush()
}
