// Understudy plays nginx's part from nginx's own configuration. This is the command line: nginx's
// flags, and the commands demo, fmt and directives.
package main

import (
	"fmt"
	"os"

	"github.com/urfave/cli/v2"
)

func main() {
	code := 0
	app := &cli.App{
		Name:            "understudy",
		HideHelp:        true,
		HideHelpCommand: true,
		HideVersion:     true,
		Writer:          os.Stdout,
		ErrWriter:       os.Stderr,
		ExitErrHandler:  func(*cli.Context, error) {},
		Action: func(c *cli.Context) error {
			code = nginx(os.Args[0], c.Args().Slice())
			return nil
		},
		Commands: []*cli.Command{demoCommand(&code), formatCommand(&code), directivesCommand()},
	}
	// behind "--" nothing is a flag of ours: nginx has its own grammar
	args := append([]string{os.Args[0], "--"}, os.Args[1:]...)
	if len(os.Args) == 1 {
		args = args[:1]
	}
	if err := app.Run(args); err != nil {
		fmt.Fprintln(os.Stderr, "understudy: "+err.Error()) // from a command of our own: nginx's way prints by itself
		os.Exit(1)
	}
	os.Exit(code)
}
