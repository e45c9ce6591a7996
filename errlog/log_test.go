package errlog

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// keep is a sink that remembers every write.
type keep struct {
	writes []string
	stderr bool
}

func (k *keep) writeLine(_ Level, line []byte) { k.writes = append(k.writes, string(line)) }
func (k *keep) isStderr() bool                 { return k.stderr }

func logTo(lv Level, k *keep) *Log {
	l := &Log{}
	l.add(newTarget(lv, k))
	return l
}

func TestLineFormatIsNginxs(t *testing.T) {
	for _, c := range []struct {
		name string
		lv   Level
		conn uint64
		text string
		want string // after the date
	}{
		{"without connection", Notice, 0, "start worker processes", ` \[notice\] (\d+)#(\d+): start worker processes\n`},
		{"with connection", Error, 17, "upstream timed out", ` \[error\] (\d+)#(\d+): \*17 upstream timed out\n`},
		{"quotes and backslashes stay", Warn, 0, `a "b" \c`, ` \[warn\] (\d+)#(\d+): a "b" \\c\n`},
		{"bytes that are no UTF-8 stay", Info, 1, "x\xff\xfe\x00y", ` \[info\] (\d+)#(\d+): \*1 x\x{ff}\x{fe}\x00y\n`},
		{"a text that looks like an event stays", Error, 0, `{"line":1,"nginx":2}`, ` \[error\] (\d+)#(\d+): \{"line":1,"nginx":2\}\n`},
		{"empty text", Emerg, 0, "", ` \[emerg\] (\d+)#(\d+): \n`},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := &keep{}
			logTo(Debug, k).Write(c.lv, c.conn, []byte(c.text))
			if len(k.writes) != 1 {
				t.Fatalf("%d writes, want 1: %q", len(k.writes), k.writes)
			}
			got := k.writes[0]
			want := c.text
			if !strings.HasSuffix(got, want+"\n") {
				t.Errorf("line %q does not end with the text %q byte for byte", got, want)
			}
			latin := make([]rune, len(got)) // regexp reads runes; one rune a byte here
			for i := range latin {
				latin[i] = rune(got[i])
			}
			re := regexp.MustCompile(`^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d` + c.want + `$`)
			if !re.MatchString(string(latin)) {
				t.Errorf("line %q does not match %s", got, re)
			}
		})
	}
}

func TestLongLineIsCutAt2048WithItsNewline(t *testing.T) {
	k := &keep{}
	l := logTo(Error, k)
	l.Write(Error, 0, bytes.Repeat([]byte("x"), 5000))
	if got := k.writes[0]; len(got) != maxLine || got[len(got)-1] != '\n' || got[len(got)-2] != 'x' {
		t.Errorf("line of %d bytes ending %q", len(got), got[len(got)-3:])
	}
	fits := strings.Repeat("y", 1000)
	l.Write(Error, 0, []byte(fits))
	if got := k.writes[1]; !strings.HasSuffix(got, fits+"\n") {
		t.Errorf("a line that fits was changed")
	}
}

func TestThresholds(t *testing.T) {
	for threshold := Emerg; threshold <= Debug; threshold++ {
		for lv := Emerg; lv <= Debug; lv++ {
			k := &keep{}
			l := logTo(threshold, k)
			l.Printf(lv, 0, "x")
			want := 0
			if lv <= threshold {
				want = 1
			}
			if len(k.writes) != want || l.Enabled(lv) != (want == 1) {
				t.Errorf("threshold %v, line %v: %d writes, enabled %v", threshold, lv, len(k.writes), l.Enabled(lv))
			}
		}
	}
	var none *Log
	none.Printf(Emerg, 0, "dropped")
	if none.Enabled(Emerg) {
		t.Error("a nil log is enabled")
	}
}

func TestSeveralTargetsEachWithItsLevel(t *testing.T) {
	warn, crit, info := &keep{}, &keep{}, &keep{}
	l := &Log{}
	l.add(newTarget(Warn, warn))
	l.add(newTarget(Crit, crit))
	l.add(newTarget(Info, info))
	l.Printf(Error, 3, "one")
	l.Printf(Info, 3, "two")
	l.Printf(Crit, 3, "three")
	if len(warn.writes) != 2 || len(crit.writes) != 1 || len(info.writes) != 3 {
		t.Errorf("warn %d, crit %d, info %d writes", len(warn.writes), len(crit.writes), len(info.writes))
	}
	if warn.writes[0] != info.writes[0] {
		t.Errorf("targets got different lines: %q, %q", warn.writes[0], info.writes[0])
	}
}

func TestSystemErrors(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{syscall.ENOENT, "x (2: No such file or directory)"},
		{syscall.ECONNREFUSED, "x (111: Connection refused)"},
		{&os.PathError{Op: "open", Path: "p", Err: syscall.EACCES}, "x (13: Permission denied)"},
		{os.ErrClosed, "x (file already closed)"},
		{nil, "x"},
	} {
		if got := string(AppendErrno([]byte("x"), c.err)); got != c.want {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
	long := AppendErrno(bytes.Repeat([]byte("x"), 3000), syscall.ENOENT)
	if !strings.HasSuffix(string(long), "x... (2: No such file or directory)") || len(long) > maxLine {
		t.Errorf("a long text keeps no room for the errno: %d bytes, …%q", len(long), long[len(long)-40:])
	}
}

// TestALongLineEndsWithItsSystemError: nginx cuts what stands before it, whether or not the whole would just have been cut itself.
func TestALongLineEndsWithItsSystemError(t *testing.T) {
	for length := 1800; length < 2100; length++ {
		k := &keep{}
		logTo(Info, k).Errorf(Error, 7, syscall.ENAMETOOLONG, `open() "%s" failed`, strings.Repeat("x", length))
		if line := k.writes[0]; !strings.HasSuffix(line, " (36: File name too long)\n") || len(line) > maxLine {
			t.Fatalf("%d bytes: …%q", length, line[len(line)-60:])
		}
	}
}

func TestConsoleEchoesGraveLinesUntilClosed(t *testing.T) {
	var out bytes.Buffer
	k := &keep{}
	l := logTo(Info, k)
	console := NewConsole(&out)
	l.files = NewFiles()
	l.files.SetConsole(console)
	l.Printf(Emerg, 0, "bad")
	l.Printf(Warn, 0, "odd")
	l.Printf(Notice, 0, "quiet")
	console.Close()
	l.Printf(Emerg, 0, "later")
	if want := "nginx: [emerg] bad\nnginx: [warn] odd\n"; out.String() != want {
		t.Errorf("console %q, want %q", out.String(), want)
	}
	out.Reset()
	onStderr := logTo(Info, &keep{stderr: true})
	onStderr.files = NewFiles()
	onStderr.files.SetConsole(NewConsole(&out))
	onStderr.Printf(Emerg, 0, "once")
	if out.Len() != 0 {
		t.Errorf("a line that went to stderr was echoed there: %q", out.String())
	}
}

func TestNoAllocation(t *testing.T) {
	l := logTo(Error, &keep{})
	text := []byte("a line, client: 127.0.0.1")
	if n := testing.AllocsPerRun(100, func() { l.Write(Info, 1, text) }); n != 0 {
		t.Errorf("%v allocations for a line below the threshold", n)
	}
	files := NewFiles()
	f := &Log{}
	f.add(newTarget(Error, files.Add(filepath.Join(t.TempDir(), "log"))))
	if err := files.Open(); err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	if n := testing.AllocsPerRun(100, func() { f.Write(Error, 1, text) }); n > 1 { // 1: the second may turn
		t.Errorf("%v allocations for a written line", n)
	}
}

func TestConcurrentLinesStayWhole(t *testing.T) {
	files := NewFiles()
	name := filepath.Join(t.TempDir(), "log")
	l := &Log{}
	l.add(newTarget(Info, files.Add(name)))
	if err := files.Open(); err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	var wg sync.WaitGroup
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 200 {
				l.Write(Info, 5, []byte("abcdefghij"))
			}
		}()
	}
	for range 20 {
		files.Reopen(func(err error) { t.Error(err) })
	}
	wg.Wait()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	if len(got) != 1600 {
		t.Errorf("%d lines, want 1600", len(got))
	}
	for _, line := range got {
		if !strings.HasSuffix(line, ": *5 abcdefghij") || len(line) != len(got[0]) {
			t.Fatalf("torn line %q", line)
		}
	}
}

func BenchmarkDisabled(b *testing.B) {
	l := logTo(Error, &keep{})
	text := []byte("text")
	b.ReportAllocs()
	for b.Loop() {
		l.Write(Debug, 1, text)
	}
}
