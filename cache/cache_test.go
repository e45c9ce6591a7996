package cache

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/errlog"
	"understudy/internal/leak"
	"understudy/reactor"
)

// asker is an exchange for tests; it runs on a task of a loop.
type asker struct {
	task    *reactor.Task
	headers map[string][]string
	log     []string
}

func (a *asker) Waiting() *reactor.Task { return a.task }

func (a *asker) Errorf(level errlog.Level, format string, v ...any) {
	a.log = append(a.log, fmt.Sprintf("[%s] ", level)+fmt.Sprintf(format, v...))
}

func (a *asker) EachHeader(name []byte, f func(value []byte)) {
	for _, v := range a.headers[string(name)] {
		f([]byte(v))
	}
}

type job func(t *reactor.Task)

func (j job) Run(t *reactor.Task) { j(t) }

// onLoop runs f in a task.
func onLoop(t *testing.T, f func(a *asker)) {
	t.Helper()
	leak.Check(t)
	r, err := reactor.New(reactor.Options{Loops: 1, Panic: func(v any, stack []byte) { t.Errorf("panic: %v\n%s", v, stack) }})
	if err != nil {
		t.Fatal(err)
	}
	r.Start()
	defer r.Close()
	done := make(chan struct{})
	r.Loops()[0].Post(func() {
		r.Loops()[0].Go(job(func(task *reactor.Task) {
			defer close(done)
			f(&asker{task: task})
		}))
	})
	<-done
}

func testZone(t *testing.T, change func(o *Options)) *Zone {
	t.Helper()
	z := &Zone{Options: Options{
		Name: "z", Size: 1 << 20, Path: t.TempDir(), Inactive: time.Hour, MaxSize: 1 << 40,
		LoaderFiles: 100, LoaderThreshold: time.Second, ManagerFiles: 100, ManagerThreshold: time.Second, ManagerSleep: time.Millisecond,
	}}
	if change != nil {
		change(&z.Options)
	}
	return z
}

// unmanaged gives a zone a store without its goroutine, so that a test can play the manager.
func unmanaged(z *Zone) *Zone {
	z.store = newStore(z)
	z.store.cold.Store(false)
	close(z.store.done)
	return z
}

var rules = Rules{MinUses: 1, Limit: 4096}

const head = "HTTP/1.1 200 OK\r\n\r\n"

// put keeps an answer that is fresh for seconds from now on.
func put(a *asker, z *Zone, key, body string, seconds int64) error {
	var l Lookup
	l.Start(z, []byte(key))
	defer l.Free()
	if st := l.Open(a, rules); st != Miss && st != Stale {
		return fmt.Errorf("%s: status %d", key, st)
	}
	l.ValidSec = time.Now().Unix() + seconds
	if !l.Begin(a, []byte(head), nil) {
		return fmt.Errorf("%s: Begin", key)
	}
	if err := l.Write(a, []byte(body)); err != nil {
		return err
	}
	l.Commit(a)
	return nil
}

// get reads what is kept.
func get(a *asker, z *Zone, key string) (string, Status) {
	var l Lookup
	l.Start(z, []byte(key))
	defer l.Free()
	st := l.Open(a, rules)
	if st != Hit && st != Stale && st != Updating {
		return "", st
	}
	if l.File() == nil {
		return string(l.Head()) + string(l.SmallBody()), st
	}
	b, err := io.ReadAll(io.NewSectionReader(l.File(), int64(l.BodyStart()), l.Length()))
	if err != nil {
		return err.Error(), st
	}
	return string(l.Head()) + string(b), st
}

func TestAnAnswerComesBack(t *testing.T) {
	for _, size := range []int{0, 1, 4096, writeLimit - 1, writeLimit, 3*writeLimit + 17} {
		onLoop(t, func(a *asker) {
			z := unmanaged(testZone(t, nil))
			body := strings.Repeat("x", size)
			if err := put(a, z, "key", body, 60); err != nil {
				t.Error(err)
			}
			if got, st := get(a, z, "key"); got != head+body || st != Hit {
				t.Errorf("%d bytes: %d bytes, status %d", len(body), len(got), st)
			}
			if len(a.log) > 0 {
				t.Error(a.log)
			}
		})
	}
}

func TestFilesLieWhereNginxPutsThem(t *testing.T) {
	z := testZone(t, func(o *Options) { o.Path, o.Levels = "/c", [3]int{1, 2, 2} })
	l := Lookup{}
	z.store = newStore(z)
	l.Start(z, []byte("http://example.com/"))
	if got, want := z.store.fileName(l.key), "/c/d/6f/17/a6bf1757fff057f266b697df9cf176fd"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A full disk is no reason to fail: the entry is given back, and the next one can try.
func TestAFullDisk(t *testing.T) {
	// a name of its own for the device that is always full, as what is not kept is removed by name
	dir := t.TempDir()
	full := func() (*os.File, error) {
		if err := os.Symlink("/dev/full", dir+"/full"); err != nil {
			return nil, err
		}
		return os.OpenFile(dir+"/full", os.O_RDWR, 0)
	}
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Logf("this system has no device that is full: %v", err)
		return
	}
	for _, size := range []int{10, 2 * writeLimit} {
		onLoop(t, func(a *asker) {
			z := unmanaged(testZone(t, func(o *Options) { o.UseTempPath = true }))
			var l Lookup
			l.Start(z, []byte("key"))
			l.Open(a, Rules{MinUses: 1, Limit: 4096, Lock: true, LockAge: time.Hour, LockTimeout: time.Hour})
			l.ValidSec = time.Now().Unix() + 60
			l.Begin(a, []byte(head), full)
			l.Write(a, bytes.Repeat([]byte{'x'}, size))
			l.Write(a, []byte("more"))
			l.Commit(a)
			l.Free()
			if len(a.log) != 1 || !strings.Contains(a.log[0], "full\" failed (28: No space left on device)") {
				t.Errorf("log: %q", a.log)
			}
			if _, st := get(a, z, "key"); st != Miss {
				t.Errorf("status %d", st)
			}
			if n := z.store.count.Load(); n != 0 {
				t.Errorf("%d entries", n)
			}
		})
	}
}

func TestTheManagerRemovesWhatNobodyAsksFor(t *testing.T) {
	onLoop(t, func(a *asker) {
		z := unmanaged(testZone(t, nil))
		for i := range 20 {
			if err := put(a, z, fmt.Sprint("key", i), "x", 60); err != nil {
				t.Error(err)
			}
		}
		held := &Lookup{}
		held.Start(z, []byte("key3"))
		held.Open(a, rules)
		for i := range z.store.shards {
			for e := z.store.shards[i].first; e != nil; e = e.next {
				e.expire = 1
			}
		}
		if wait := z.store.tidy(t.Context()); wait <= 0 {
			t.Errorf("wait %v", wait)
		}
		if n := z.store.count.Load(); n != 1 {
			t.Errorf("%d entries are left, want the one that is held", n)
		}
		held.Free()
		if _, st := get(a, z, "key3"); st != Hit {
			t.Errorf("status %d", st)
		}
	})
}

func TestTheManagerKeepsTheSize(t *testing.T) {
	onLoop(t, func(a *asker) {
		z := unmanaged(testZone(t, nil))
		for i := range 20 {
			put(a, z, fmt.Sprint("key", i), strings.Repeat("x", 5000), 60)
		}
		one := z.store.blocks.Load() / 20
		z.MaxSize = 11 * one * z.store.block
		get(a, z, "key0") // the one that was used least lately is now key1
		z.store.tidy(t.Context())
		if n := z.store.count.Load(); n != 10 {
			t.Errorf("%d entries are left", n)
		}
		for key, want := range map[string]Status{"key0": Hit, "key1": Miss, "key19": Hit} {
			if _, st := get(a, z, key); st != want {
				t.Errorf("%s: status %d, want %d", key, st, want)
			}
		}
	})
}

func TestAFullZoneForgetsTheOldest(t *testing.T) {
	onLoop(t, func(a *asker) {
		z := unmanaged(testZone(t, func(o *Options) { o.Size = 16 << 10 }))
		for i := range 100 {
			if err := put(a, z, fmt.Sprint("key", i), "x", 60); err != nil {
				t.Fatal(err)
			}
		}
		if n := z.store.count.Load(); n != z.store.capacity() {
			t.Errorf("%d entries, room for %d", n, z.store.capacity())
		}
		if _, st := get(a, z, "key99"); st != Hit {
			t.Errorf("the latest: status %d", st)
		}
		z.store.tidy(t.Context())
		if n := z.store.count.Load(); n >= z.store.capacity() {
			t.Errorf("the manager leaves %d", n)
		}
	})
}

func TestWhatAnEarlierRunLeft(t *testing.T) {
	onLoop(t, func(a *asker) {
		z := unmanaged(testZone(t, func(o *Options) { o.Levels = [3]int{1, 2, 0} }))
		put(a, z, "key", "x", 60)
		name := z.store.fileName(func() Key { var l Lookup; l.Start(z, []byte("key")); return l.key }())
		old := time.Now().Add(-48 * time.Hour)
		write := func(name, text string, at time.Time) {
			name = filepath.Join(z.Path, name)
			os.MkdirAll(filepath.Dir(name), 0o700)
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			os.Chtimes(name, at, at)
		}
		stray := strings.Repeat("0123456789abcdef", 2)
		write("foreign.txt", "no file of the cache", time.Now())
		write("0/11/"+stray, strings.Repeat("x", 1000), time.Now()) // not where its name says
		write("f/de/"+stray, "short", time.Now())
		write("f/de/"+stray+".0000000001", "half", old)
		write("f/de/"+stray+".0000000002", "half", time.Now())

		again := newStore(z)
		z.store = again
		again.load(t.Context())
		if again.cold.Load() || again.count.Load() != 1 || again.blocks.Load() == 0 {
			t.Errorf("cold %v, %d entries, %d blocks", again.cold.Load(), again.count.Load(), again.blocks.Load())
		}
		var left []string
		filepath.WalkDir(z.Path, func(p string, d os.DirEntry, _ error) error {
			if !d.IsDir() {
				left = append(left, p)
			}
			return nil
		})
		if len(left) != 2 || left[0] != name && left[1] != name || !strings.HasSuffix(strings.Join(left, " "), ".0000000002") && !strings.Contains(strings.Join(left, " "), ".0000000002 ") {
			t.Errorf("left: %v", left)
		}
		if got, st := get(a, z, "key"); st != Hit || got != head+"x" {
			t.Errorf("%q, status %d", got, st)
		}
	})
}

// A path that is a symbolic link, or that has more in it than it needs, is that of the same files.
func TestWhatAnEarlierRunLeftWhereverThePathLeads(t *testing.T) {
	onLoop(t, func(a *asker) {
		dir := t.TempDir()
		link := filepath.Join(t.TempDir(), "link")
		if err := os.Symlink(dir, link); err != nil {
			t.Fatal(err)
		}
		zone := func(path string) *Zone {
			return unmanaged(testZone(t, func(o *Options) { o.Levels, o.Path = [3]int{1, 2, 0}, path }))
		}
		put(a, zone(dir), "key", "x", 60)
		for _, path := range []string{link, link + "/", filepath.Dir(dir) + "//" + filepath.Base(dir), dir + "/../" + filepath.Base(dir)} {
			z := zone(path)
			z.store.load(t.Context())
			if n := z.store.count.Load(); n != 1 {
				t.Errorf("%s: %d entries", path, n)
			}
			if got, st := get(a, z, "key"); st != Hit || got != head+"x" {
				t.Errorf("%s: %q, status %d", path, got, st)
			}
		}
		if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("the link: %v, %v", info, err)
		}
	})
}

func TestZonesOfTwoConfigurations(t *testing.T) {
	leak.Check(t)
	dir, other := t.TempDir(), t.TempDir()
	zone := func(change func(o *Options)) *Zone {
		return testZone(t, func(o *Options) {
			o.Name, o.Path = "generations", dir
			if change != nil {
				change(o)
			}
		})
	}
	first := zone(nil)
	if err := first.Open(nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(o *Options)
		err    string
		shared bool
	}{
		{"the same", nil, "", true},
		{"of another time", func(o *Options) { o.Inactive = time.Minute }, "", true},
		{"in another place", func(o *Options) { o.Path = other }, fmt.Sprintf("cache \"generations\" uses the %q cache path while previously it used the %q cache path", other, dir), false},
		{"with other levels", func(o *Options) { o.Levels[0] = 1 }, "cache \"generations\" had previously different levels", false},
		{"of another size", func(o *Options) { o.Size *= 2 }, "", false},
	} {
		z := zone(c.change)
		err := z.Open(nil)
		switch {
		case c.err != "":
			if err == nil || err.Error() != c.err {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		case err != nil:
			t.Errorf("%s: %v", c.name, err)
		case (z.store == first.store) != c.shared:
			t.Errorf("%s: shared %v", c.name, !c.shared)
		}
		z.Close()
	}
	first.Close()
}

func TestVariants(t *testing.T) {
	var main Key
	of := func(vary string, headers map[string][]string) Key {
		return variantOf(main, []byte(vary), &asker{headers: headers})
	}
	one := of("Accept-Encoding", map[string][]string{"accept-encoding": {"gzip, br"}})
	for _, c := range []struct {
		vary    string
		headers map[string][]string
		same    bool
	}{
		{"accept-encoding", map[string][]string{"accept-encoding": {"gzip,br"}}, true},
		{" ,Accept-Encoding, ", map[string][]string{"accept-encoding": {" gzip", "br "}}, true},
		{"Accept-Encoding", map[string][]string{"accept-encoding": {"br, gzip"}}, false},
		{"Accept-Encoding", nil, false},
		{"Accept-Encoding, X", map[string][]string{"accept-encoding": {"gzip, br"}}, false},
	} {
		if got := of(c.vary, c.headers) == one; got != c.same {
			t.Errorf("%q %v: %v", c.vary, c.headers, got)
		}
	}
}
