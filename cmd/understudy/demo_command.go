// understudy demo: nginx.conf.example in front of a built-in application.

package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"

	"github.com/urfave/cli/v2"

	"understudy/cmd/understudy/demo"
)

func demoCommand(code *int) *cli.Command {
	return &cli.Command{
		Name:  "demo",
		Usage: "serve nginx.conf.example in front of a built-in application, in the foreground",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "port", Usage: "where to listen", Value: demo.Port},
		},
		Action: func(c *cli.Context) (err error) {
			*code, err = runDemo(c.Int("port"), c.IsSet("port"))
			return err
		},
	}
}

// runDemo serves until a signal ends it. A port that is taken is replaced by a free one, unless the user asked for it.
func runDemo(port int, asked bool) (int, error) {
	if taken := tryPort(port); taken != nil {
		if asked {
			return 1, taken
		}
		free, err := freePort()
		if err != nil {
			return 1, err
		}
		fmt.Printf("Port %d is taken; %d is free.\n", port, free)
		port = free
	}
	app, err := net.Listen("tcp", demo.Backend)
	if err != nil {
		app, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return 1, err
	}
	defer demo.Serve(app)()

	dir, err := os.MkdirTemp("", "understudy-demo-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	logs := filepath.Join(dir, "logs")
	if err := errors.Join(os.Mkdir(logs, 0o755), handOver(dir), handOver(logs)); err != nil {
		return 1, err
	}
	conf := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(conf, []byte(demo.ConfigFor(port, app.Addr().String())), 0o644); err != nil {
		return 1, err
	}
	fmt.Printf(`
  Open          http://localhost:%[1]d/
  or try        npx wscat -c ws://localhost:%[1]d/
  configuration %[2]s (nginx.conf.example)
  application   built in, on %[3]s

Ctrl-C ends it.
`, port, conf, app.Addr())
	return nginx(os.Args[0], []string{
		"-p", dir, "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off; pid nginx.pid; error_log stderr warn;",
	}), nil
}

// handOver gives a directory to whom the process serves as when root has started it, so that it can be removed at the end.
func handOver(dir string) error {
	if os.Getuid() != 0 {
		return nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(nobody.Uid)
	if err != nil {
		return err
	}
	return os.Chown(dir, uid, -1)
}

// tryPort tells why nobody can listen on a port.
func tryPort(port int) error {
	ln, err := net.Listen("tcp4", fmt.Sprintf("0.0.0.0:%d", port))
	if err != nil {
		return err
	}
	return ln.Close()
}

func freePort() (int, error) {
	ln, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		return 0, err
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port, nil
}
