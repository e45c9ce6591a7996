//go:build unix

package web

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestOpeningWithoutLinks(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		os.Mkdir(filepath.Join(dir, "d"), 0o700),
		os.WriteFile(filepath.Join(dir, "d", "f"), []byte("text"), 0o600),
		os.Symlink("f", filepath.Join(dir, "d", "l")),
		os.Symlink("d", filepath.Join(dir, "dl")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		mode linkMode
		from string // the part of the path in which links do not matter
		want error
	}{
		{"d/f", linksRefused, "", nil},
		{"d//./f", linksRefused, "", nil},
		{"d/../d/f", linksRefused, "", nil},
		{"d/l", linksRefused, "", syscall.ELOOP},
		{"dl/f", linksRefused, "", syscall.ENOTDIR},
		{"dl/f", linksRefused, "dl", nil},
		{"dl/l", linksRefused, "dl", syscall.ELOOP},
		{"d/l", linksOfOwner, "", nil},
		{"dl/f", linksOfOwner, "", nil},
		{"d/nosuch", linksRefused, "", syscall.ENOENT},
		{"d/f/", linksRefused, "", syscall.ENOTDIR},
	} {
		from := 0
		if c.from != "" {
			from = len(dir) + 1 + len(c.from)
		}
		f, err := openBeneath(dir+"/"+c.name, c.mode, from)
		if c.want == syscall.ENOTDIR && errors.Is(err, syscall.ELOOP) {
			continue // systems differ in what a link is that should be a directory
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s, mode %d, from %q: %v, want %v", c.name, c.mode, c.from, err, c.want)
		}
		if err == nil {
			if text, err := io.ReadAll(f); string(text) != "text" || err != nil {
				t.Errorf("%s: %q, %v", c.name, text, err)
			}
			f.Close()
		}
	}
}
