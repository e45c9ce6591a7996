//go:build e2e

// Package e2e drives the built program as a user does: npm's ws and wscat, a browser, thousands of tunnels across
// reloads. `make e2e` installs what it needs and runs it.
//
// E2E_BINARY names another program to test, such as the real nginx, which must pass every test here as well.
package e2e

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/cmd/understudy/demo"
	"understudy/internal/rig"
)

// binary is the program under test.
var binary string

// echoRole as the first argument makes this test binary the demo's backend on the address that follows: its
// descriptors must not count with the client's.
const echoRole = "serve-echo"

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == echoRole {
		if err := serveEcho(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	dir, err := os.MkdirTemp("", "e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := 1
	if err := findBinary(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		code = m.Run()
	}
	_ = os.RemoveAll(dir) // a left-over directory in the temporary one spoils no result
	os.Exit(code)
}

func findBinary(dir string) error {
	if binary = os.Getenv("E2E_BINARY"); binary != "" {
		return nil
	}
	binary = filepath.Join(dir, "understudy")
	out, err := exec.Command("go", "build", "-o", binary, "understudy/cmd/understudy").CombinedOutput()
	if err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

func serveEcho(addr string) error {
	stop, err := demo.Start(addr)
	if err != nil {
		return err
	}
	// The parent's end of the pipe closes when it is done, or dead.
	if _, err = io.Copy(io.Discard, os.Stdin); err == nil {
		stop()
	}
	return err
}

// start runs the program on a configuration until the test ends. Any [alert] in its log fails the test.
func start(t *testing.T, conf, globals string) *rig.Server {
	t.Helper()
	server, err := rig.Start(rig.Options{Bin: binary, Conf: conf, Globals: globals})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		err := server.Terminate()
		log := server.ErrorLog()
		if err := errors.Join(err, server.Stop()); err != nil {
			t.Error(err)
		}
		for line := range strings.Lines(log) {
			if strings.Contains(line, "[alert]") {
				t.Errorf("error log: %s", line)
			}
		}
		if t.Failed() {
			t.Logf("end of the error log:\n%s", log[max(0, len(log)-2000):])
		}
	})
	return server
}

// helper runs another program until the test ends, with a standard input that closes then, and waits until port
// accepts connections.
func helper(t *testing.T, port int, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	})
	awaitPort(t, port)
}

// echoProcess runs the demo's backend in a process of its own.
func echoProcess(t *testing.T, port int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	helper(t, port, self, echoRole, address(port))
}

// nodeEcho runs npm's ws as the application.
func nodeEcho(t *testing.T, port int) {
	t.Helper()
	helper(t, port, "node", nodeFile(t, "echo.js"), fmt.Sprint(port))
}

// nodeFile is a file of testdata/node, where the npm packages are installed.
func nodeFile(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "testdata", "node", name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v (run `make node` first)", err)
	}
	return path
}

func awaitPort(t *testing.T, port int) {
	t.Helper()
	eventually(t, 10*time.Second, fmt.Sprintf("nothing listens on port %d", port), func() bool {
		c, err := net.Dial("tcp", address(port))
		return err == nil && c.Close() == nil
	})
}

// eventually polls for what another process does; there is no event to wait for.
func eventually(t *testing.T, limit time.Duration, complaint string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatalf("%s within %v", complaint, limit)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func freePorts(t *testing.T, n int) []int {
	t.Helper()
	ports, err := rig.FreePorts(n)
	if err != nil {
		t.Fatal(err)
	}
	return ports
}

func address(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
