// understudy fmt: configurations well indented.

package main

import (
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"understudy/parser"
)

func formatCommand(code *int) *cli.Command {
	return &cli.Command{
		Name:      "fmt",
		Usage:     "print configuration files well indented; standard input without FILE",
		ArgsUsage: "[FILE ...]",
		HideHelp:  false,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "w", Usage: "write the result back to each file"},
			&cli.BoolFlag{Name: "l", Usage: "only list the files that are not well formatted; exit code 1 if there are any"},
			&cli.IntFlag{Name: "indent", Value: 4, Usage: "spaces for each level"},
		},
		Action: func(c *cli.Context) error {
			names := c.Args().Slice()
			if len(names) == 0 {
				text, err := io.ReadAll(os.Stdin)
				if err != nil {
					return err
				}
				out, err := parser.Format("standard input", string(text), c.Int("indent"))
				if err != nil {
					return err
				}
				fmt.Print(out)
				return nil
			}
			for _, name := range names {
				changed, err := formatFile(c, name)
				if err != nil {
					return err
				}
				if changed && c.Bool("l") {
					*code = 1
				}
			}
			return nil
		},
	}
}

// formatFile formats one file as the flags say and tells whether that changes it.
func formatFile(c *cli.Context, name string) (bool, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return false, err
	}
	out, err := parser.Format(name, string(text), c.Int("indent"))
	if err != nil {
		return false, err
	}
	changed := out != string(text)
	if c.Bool("l") && changed {
		fmt.Println(name)
	}
	if c.Bool("w") && changed {
		info, err := os.Stat(name)
		if err != nil {
			return false, err
		}
		return true, os.WriteFile(name, []byte(out), info.Mode().Perm())
	}
	if !c.Bool("l") && !c.Bool("w") {
		fmt.Print(out)
	}
	return changed, nil
}
