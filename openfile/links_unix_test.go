//go:build unix

package openfile

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
		os.Symlink(others(t), filepath.Join(dir, "other")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		mode LinkMode
		from string // the part of the path in which links do not matter
		want error
	}{
		{"d/f", LinksRefused, "", nil},
		{"d//./f", LinksRefused, "", nil},
		{"d/../d/f", LinksRefused, "", nil},
		{"d/l", LinksRefused, "", syscall.ELOOP},
		{"dl/f", LinksRefused, "", syscall.ENOTDIR},
		{"dl/f", LinksRefused, "dl", nil},
		{"dl/l", LinksRefused, "dl", syscall.ELOOP},
		{"d/l", LinksOfOwner, "", nil},
		{"dl/f", LinksOfOwner, "", nil},
		{"other", LinksOfOwner, "", syscall.ELOOP},
		{"d/nosuch", LinksRefused, "", syscall.ENOENT},
		{"d/f/", LinksRefused, "", syscall.ENOTDIR},
	} {
		from := 0
		if c.from != "" {
			from = len(dir) + 1 + len(c.from)
		}
		var o Opener
		f, err := o.Open([]byte(dir+"/"+c.name), &How{Links: c.mode, From: from})
		if c.want == syscall.ENOTDIR && errors.Is(err, syscall.ELOOP) {
			continue // systems differ in what a link is that should be a directory
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s, mode %d, from %q: %v, want %v", c.name, c.mode, c.from, err, c.want)
		}
		if err == nil {
			if text, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size)); string(text) != "text" || err != nil {
				t.Errorf("%s: %q, %v", c.name, text, err)
			}
			f.Close()
		}
	}
}

// others gives a file that belongs to another user.
func others(t *testing.T) string {
	if os.Geteuid() != 0 {
		return "/etc/passwd"
	}
	name := filepath.Join(t.TempDir(), "other")
	if err := errors.Join(os.WriteFile(name, nil, 0o600), os.Chown(name, 65534, 65534)); err != nil {
		t.Fatal(err)
	}
	return name
}
