//go:build unix

package openfile

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"understudy/internal/leak"
)

// scene is a directory, and a cache whose clock the test moves.
type scene struct {
	t   *testing.T
	dir string
	o   Opener
	how How
}

func newScene(t *testing.T, max int, how How) *scene {
	t.Helper()
	leak.Check(t)
	s := &scene{t: t, dir: t.TempDir(), how: how}
	s.how.Cache = NewCache(max, 1000)
	t.Cleanup(s.how.Cache.Close)
	return s
}

// put gives a name a new file.
func (s *scene) put(name, text string) {
	s.t.Helper()
	at := filepath.Join(s.dir, name)
	if err := os.WriteFile(at+".new", []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(at+".new", at); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scene) open(name string) (*File, error) {
	return s.o.Open([]byte(filepath.Join(s.dir, name)), &s.how)
}

// get is what a name leads to: a text, "dir", or "none".
func (s *scene) get(name string) string {
	s.t.Helper()
	f, err := s.open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "none"
	case err != nil:
		s.t.Fatal(err)
	}
	defer f.Close()
	return s.text(f)
}

func (s *scene) text(f *File) string {
	s.t.Helper()
	if f.IsDir() {
		return "dir"
	}
	b := make([]byte, f.Size)
	if _, err := f.ReadAt(b, 0); err != nil {
		s.t.Fatal(err)
	}
	return string(b)
}

func (s *scene) want(name, want string) {
	s.t.Helper()
	if got := s.get(name); got != want {
		s.t.Errorf("%s is %q, want %q", name, got, want)
	}
}

// kept counts the descriptors that the cache holds.
func (s *scene) kept() int {
	n := 0
	for _, e := range s.how.Cache.entries {
		if e.d != noDescriptor {
			n++
		}
	}
	return n
}

func TestReplacedFileIsSeenWhenValidHasRunOut(t *testing.T) {
	s := newScene(t, 10, How{Valid: 100, MinUses: 1})
	s.put("a", "one")
	s.want("a", "one")
	s.put("a", "three")
	s.how.Now = 99
	s.want("a", "one")
	s.how.Now = 100
	s.want("a", "three")
	if n := s.kept(); n != 1 {
		t.Errorf("%d descriptors", n)
	}
}

func TestErrorsAndDirectoriesAreRemembered(t *testing.T) {
	s := newScene(t, 10, How{Valid: 100, MinUses: 1, Errors: true})
	s.want("a", "none")
	s.put("a", "one")
	s.want("a", "none")
	if err := os.Mkdir(filepath.Join(s.dir, "d"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.want("d", "dir")
	os.Remove(filepath.Join(s.dir, "d"))
	s.want("d", "dir")
	s.how.Now = 100
	s.want("a", "one")
	s.want("d", "none")
	os.Remove(filepath.Join(s.dir, "a"))
	s.how.Now = 200
	s.want("a", "none")
	if n := s.kept(); n != 0 {
		t.Errorf("%d descriptors", n)
	}
}

func TestErrorsAreForgotten(t *testing.T) {
	s := newScene(t, 10, How{Valid: 100, MinUses: 1})
	s.want("a", "none")
	s.put("a", "one")
	s.want("a", "one")
	os.Remove(filepath.Join(s.dir, "a"))
	s.how.Now = 100
	s.want("a", "none")
	if n := s.how.Cache.Len(); n != 0 {
		t.Errorf("%d entries", n)
	}
}

func TestRarelyUsedFilesAreNotKeptOpen(t *testing.T) {
	s := newScene(t, 10, How{Valid: 1 << 40, MinUses: 3})
	for use, want := range []int{0, 0, 1} {
		s.put("a", strconv.Itoa(use))
		s.want("a", strconv.Itoa(use))
		if n := s.kept(); n != want {
			t.Errorf("after use %d: %d descriptors", use, n)
		}
	}
	s.put("a", "new")
	s.want("a", "2")
}

func TestFullCacheForgetsWhatWasUsedLongestAgo(t *testing.T) {
	s := newScene(t, 2, How{Valid: 1 << 40, MinUses: 1})
	for _, name := range []string{"a", "b", "c"} {
		s.put(name, "old")
	}
	for _, name := range []string{"a", "b", "a", "c"} {
		s.want(name, "old")
	}
	for _, name := range []string{"a", "b", "c"} {
		s.put(name, "new")
	}
	s.want("a", "old")
	s.want("b", "new") // c makes room
	s.want("c", "new")
	if s.how.Cache.Len() != 2 || s.kept() != 2 {
		t.Errorf("%d entries, %d descriptors", s.how.Cache.Len(), s.kept())
	}
}

func TestInactiveFilesAreForgotten(t *testing.T) {
	s := newScene(t, 10, How{Valid: 1 << 40, MinUses: 1})
	for _, name := range []string{"a", "b", "c", "d"} {
		s.put(name, name)
		s.want(name, name)
	}
	s.how.Now = 1000
	s.want("a", "a")
	if n := s.how.Cache.Len(); n != 4 {
		t.Errorf("%d entries within the time", n)
	}
	s.how.Now = 1001
	s.want("a", "a") // two at a time
	s.want("a", "a")
	if n := s.kept(); n != 1 {
		t.Errorf("%d descriptors after the time", n)
	}
}

func TestOpenFileOutlivesItsEntry(t *testing.T) {
	for _, c := range []struct {
		name   string
		forget func(s *scene)
	}{
		{"replaced", func(s *scene) { s.put("a", "new"); s.how.Now = 100; s.want("a", "new") }},
		{"pushed out", func(s *scene) { s.put("b", "b"); s.want("b", "b") }},
		{"removed", func(s *scene) { os.Remove(filepath.Join(s.dir, "a")); s.how.Now = 100; s.want("a", "none") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t, 1, How{Valid: 100, MinUses: 1})
			s.put("a", "old")
			one, err := s.open("a")
			if err != nil {
				t.Fatal(err)
			}
			two, err := s.open("a")
			if err != nil {
				t.Fatal(err)
			}
			c.forget(s)
			e := two.cached
			one.Close()
			if got := s.text(two); got != "old" {
				t.Errorf("%q", got)
			}
			two.Close()
			if e.d != noDescriptor {
				t.Error("nobody closed it")
			}
		})
	}
}

// TestAnyOrderLeavesNothingOpen does what comes to mind, and finds what is on the disk whenever the cache looks there.
func TestAnyOrderLeavesNothingOpen(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			s := newScene(t, 1+r.IntN(4), How{Valid: r.Int64N(3), MinUses: r.IntN(3), Errors: r.IntN(2) == 0})
			var held []*File
			names := []string{"a", "b", "c", "d", "e"}
			for range 400 {
				name := names[r.IntN(len(names))]
				at := filepath.Join(s.dir, name)
				switch r.IntN(8) {
				case 0:
					os.RemoveAll(at)
					s.put(name, strconv.Itoa(r.IntN(1000)))
				case 1:
					os.RemoveAll(at)
				case 2:
					os.RemoveAll(at)
					os.Mkdir(at, 0o700)
				case 3:
					s.how.Now += r.Int64N(1500)
				case 4:
					if f, err := s.open(name); err == nil {
						held = append(held, f)
					}
				case 5:
					if n := len(held); n > 0 {
						held[n-1].Close()
						held = held[:n-1]
					}
				case 6:
					_, _ = s.o.Stat([]byte(at), &s.how)
				default:
					got := s.get(name)
					if s.how.Valid > 0 {
						break
					}
					plain := &scene{t: t, dir: s.dir}
					if want := plain.get(name); got != want {
						t.Fatalf("%s is %q, want %q", name, got, want)
					}
				}
				if n := s.how.Cache.Len(); n > s.how.Cache.max {
					t.Fatalf("%d entries", n)
				}
			}
			for _, f := range held {
				f.Close()
			}
		})
	}
}

func TestOpeningAllocatesNothing(t *testing.T) {
	s := newScene(t, 10, How{Valid: 1 << 40, MinUses: 1})
	s.put("a", "text")
	name, plain := []byte(filepath.Join(s.dir, "a")), How{}
	for what, how := range map[string]*How{"plain": &plain, "cached": &s.how} {
		if n := testing.AllocsPerRun(100, func() {
			f, err := s.o.Open(name, how)
			if err != nil {
				t.Fatal(err)
			}
			f.Close()
			if _, err := s.o.Stat(name, how); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", what, n)
		}
	}
}
