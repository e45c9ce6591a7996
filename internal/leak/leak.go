// Package leak finds what a test leaves behind: goroutines (coroutines are goroutines too), file descriptors, and
// whatever else can be counted.
package leak

import (
	"fmt"
	"os"
	"runtime"
	"sort"
	"strings"
	"testing"
	"time"
)

// Counter counts something that must be back at its old value when a test ends.
type Counter struct {
	Name  string
	Count func() int64
}

// patience is how long Check waits for what ends by itself, such as a goroutine after its last send.
const patience = 5 * time.Second

// Check notes what exists now and, when the test and its other cleanups are over, fails the test if there is more. Call
// it first. Not for parallel tests.
func Check(t testing.TB, counters ...Counter) {
	t.Helper()
	before := take(counters)
	t.Cleanup(func() {
		if t.Failed() {
			return // what failed half-way may leave anything
		}
		var more []string
		for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
			runtime.GC() // lets finalizers close what was only dropped; a dropped descriptor is not a leak
			if more = compare(before, take(counters)); len(more) == 0 {
				return
			}
			if time.Now().After(end) {
				break
			}
		}
		t.Errorf("left behind:\n%s", strings.Join(more, "\n"))
	})
}

type state struct {
	goroutines map[string]string // id → stack
	files      map[string]string // descriptor → target
	counts     []int64
	names      []string
}

func take(counters []Counter) state {
	s := state{goroutines: goroutines(), files: files()}
	for _, c := range counters {
		s.counts = append(s.counts, c.Count())
		s.names = append(s.names, c.Name)
	}
	return s
}

// compare lists what now has beyond before.
func compare(before, now state) []string {
	var more []string
	for id, stack := range now.goroutines {
		if _, ok := before.goroutines[id]; !ok {
			more = append(more, stack)
		}
	}
	for fd, target := range now.files {
		if before.files[fd] != target {
			more = append(more, "descriptor "+fd+" → "+target)
		}
	}
	for i, n := range now.counts {
		if n > before.counts[i] {
			more = append(more, fmt.Sprintf("%s: %d, was %d", now.names[i], n, before.counts[i]))
		}
	}
	sort.Strings(more)
	return more
}

// goroutines lists all goroutines but those of the runtime and of package testing.
func goroutines() map[string]string {
	buf := make([]byte, 1<<20)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	list := make(map[string]string)
	for _, g := range strings.Split(string(buf), "\n\n") {
		if strings.Contains(g, "testing.(*T).Run(") || strings.Contains(g, "testing.(*F).Fuzz(") || strings.Contains(g, "os/signal.loop") ||
			strings.Contains(g, "testing.runTests") || strings.Contains(g, "created by runtime.") {
			continue
		}
		head, _, _ := strings.Cut(g, " [")
		list[head] = g
	}
	return list
}

// files lists the open descriptors, where the system shows them.
func files() map[string]string {
	const dir = "/proc/self/fd"
	list := make(map[string]string)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return list
	}
	for _, e := range entries {
		target, err := os.Readlink(dir + "/" + e.Name())
		if err != nil {
			continue // the descriptor of this very listing
		}
		list[e.Name()] = target
	}
	return list
}
