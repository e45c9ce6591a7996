package errlog

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestSameNameIsOpenedOnce(t *testing.T) {
	files := NewFiles()
	if a, b := files.Add("/x/a"), files.Add("/x/a"); a != b {
		t.Error("two files for one name")
	}
	if files.Add("").Name() != "" || len(files.Names()) != 1 {
		t.Errorf("names %q", files.Names())
	}
}

func TestOpenFailureHasNginxsText(t *testing.T) {
	files := NewFiles()
	name := filepath.Join(t.TempDir(), "missing", "error.log")
	good := files.Add(filepath.Join(t.TempDir(), "good"))
	files.Add(name)
	err := files.Open()
	if want := `open() "` + name + `" failed (2: No such file or directory)`; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if !errors.Is(err, syscall.ENOENT) {
		t.Errorf("errno lost in %v", err)
	}
	if _, err := good.Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a file of a configuration that failed is still open: %v", err)
	}
}

func TestReopenFollowsTheName(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a.log")
	files := NewFiles()
	f := files.Add(name)
	if err := files.Open(); err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	buffered := "held back\n"
	f.OnFlush(func() { f.Write([]byte(buffered)); buffered = "" })
	f.Write([]byte("one\n"))
	if err := os.Rename(name, name+".1"); err != nil {
		t.Fatal(err)
	}
	files.Reopen(func(err error) { t.Error(err) })
	f.Write([]byte("two\n"))
	for path, want := range map[string]string{name + ".1": "one\nheld back\n", name: "two\n"} {
		got, err := os.ReadFile(path)
		if err != nil || string(got) != want {
			t.Errorf("%s holds %q (%v), want %q", path, got, err, want)
		}
	}
}

func TestReopenThatFailsKeepsTheOldFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	files := NewFiles()
	f := files.Add(filepath.Join(dir, "a.log"))
	if err := files.Open(); err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	if err := os.Rename(dir, dir+".old"); err != nil {
		t.Fatal(err)
	}
	var reports []string
	files.Reopen(func(err error) { reports = append(reports, err.Error()) })
	if len(reports) != 1 || !strings.Contains(reports[0], "failed (2: No such file or directory)") {
		t.Errorf("reports %q", reports)
	}
	if _, err := f.Write([]byte("still\n")); err != nil {
		t.Error(err)
	}
	if got, _ := os.ReadFile(filepath.Join(dir+".old", "a.log")); string(got) != "still\n" {
		t.Errorf("old file holds %q", got)
	}
}

func TestRingWrapsBehindItsMark(t *testing.T) {
	r := newRing(20, "MEMLOG 20 f:1\n") // six bytes of ring
	r.writeLine(Error, []byte("abcd"))
	r.writeLine(Error, []byte("efgh"))
	if got := string(r.Bytes()); got != "MEMLOG 20 f:1\nghcdef" {
		t.Errorf("ring %q", got)
	}
}
