// understudy demo: nginx.conf.example in front of a built-in application.

package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"understudy/cmd/understudy/demo"
)

const backendAddress = "127.0.0.1:8010"

func demoCommand(code *int) *cli.Command {
	return &cli.Command{
		Name:  "demo",
		Usage: "serve nginx.conf.example with a built-in application on port 8010, in the foreground",
		Action: func(*cli.Context) error {
			stop, err := demo.Start(backendAddress)
			if err != nil {
				return fmt.Errorf("the application cannot listen on %s: %w", backendAddress, err)
			}
			defer stop()
			dir, err := os.MkdirTemp("", "understudy-demo-")
			if err != nil {
				return err
			}
			defer os.RemoveAll(dir)
			// whoever the process serves as must reach the directory
			if err := os.Chmod(dir, 0o755); err != nil {
				return err
			}
			if err := os.Mkdir(filepath.Join(dir, "logs"), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(demo.Config()), 0o644); err != nil {
				return err
			}
			fmt.Println("Open http://localhost:8020/ — Ctrl-C ends it.")
			*code = nginx(os.Args[0], []string{
				"-p", dir, "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off; pid nginx.pid; error_log stderr notice;",
			})
			return nil
		},
	}
}
