// The console of a process that is starting or testing its config: grave lines also go to stderr.

package errlog

import (
	"io"
	"sync"
)

// Console shows lines of level warn and worse as `nginx: [emerg] text` until Close.
type Console struct {
	mu sync.Mutex
	w  io.Writer
}

// NewConsole writes to w, normally os.Stderr.
func NewConsole(w io.Writer) *Console { return &Console{w: w} }

// Close ends the echo: the process is up, its log files take over.
func (c *Console) Close() {
	if c == nil {
		return
	}
	c.mu.Lock()
	c.w = nil
	c.mu.Unlock()
}

// SetConsole makes the logs of a configuration echo to c; nil ends it.
func (t *Files) SetConsole(c *Console) { t.console.Store(c) }

func (t *Files) echo(lv Level, text []byte) {
	if t != nil {
		t.console.Load().write(lv, text)
	}
}

func (c *Console) write(lv Level, text []byte) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.w == nil {
		return
	}
	line := make([]byte, 0, len(text)+24)
	line = append(line, "nginx: ["...)
	line = append(line, lv.String()...)
	line = append(line, "] "...)
	line = append(line, text...)
	c.w.Write(line)
}
