// Package errlog carries out error_log: where lines of which severity go, in nginx's line format.
//
// A Log is what one block's error_log directives amount to; it never changes after the config has
// been read. Its targets are files (opened once for a whole configuration, reopened on a signal),
// stderr, syslog and memory. Lines go out through zerolog, each in a single write.
package errlog

import (
	"fmt"

	"github.com/rs/zerolog"
)

// Log is a set of targets, each with its own threshold. A nil *Log drops everything.
type Log struct {
	level   Level    // the most talkative target's threshold
	targets []target // most talkative first
	files   *Files   // the configuration's files; its console gets grave lines while a process starts
}

// target is one error_log directive.
type target struct {
	level  Level
	sink   sink
	logger zerolog.Logger
}

// sink takes finished lines, newline included. It is the writer behind a target's zerolog.Logger.
type sink interface {
	writeLine(lv Level, line []byte)
	isStderr() bool
}

// newTarget puts a logger on a sink.
func newTarget(lv Level, s sink) target {
	return target{level: lv, sink: s, logger: zerolog.New(lineWriter{s}).Level(zerolog.DebugLevel)}
}

// add inserts a target where nginx does: behind those that are as talkative or more.
func (l *Log) add(t target) {
	i := 0
	for i < len(l.targets) && l.targets[i].level >= t.level {
		i++
	}
	l.targets = append(l.targets, target{})
	copy(l.targets[i+1:], l.targets[i:])
	l.targets[i] = t
	l.level = l.targets[0].level
}

// Enabled says whether a line of this severity goes anywhere. Callers ask before they put a text together.
func (l *Log) Enabled(lv Level) bool { return l != nil && lv <= l.level }

// File gives the first target that is a file (or stderr), nil if there is none.
func (l *Log) File() *File {
	for i := range l.targets {
		if f, ok := l.targets[i].sink.(*File); ok {
			return f
		}
	}
	return nil
}

// Write logs one line. conn is the connection's number, 0 for none. The text has no newline.
func (l *Log) Write(lv Level, conn uint64, text []byte) {
	if !l.Enabled(lv) {
		return
	}
	p := lines.Get().(*[]byte)
	line := appendHead((*p)[:0], now(), lv, conn)
	head := len(line)
	line = appendText(line, text)
	l.send(lv, line, head)
	*p = line[:0]
	lines.Put(p)
}

// Printf logs one formatted line. It allocates, so it is for what happens seldom.
func (l *Log) Printf(lv Level, conn uint64, format string, a ...any) {
	if l.Enabled(lv) {
		l.Write(lv, conn, fmt.Appendf(nil, format, a...))
	}
}

// Errorf logs one formatted line that ends with the system error: `… failed (2: No such file or directory)`.
func (l *Log) Errorf(lv Level, conn uint64, err error, format string, a ...any) {
	if l.Enabled(lv) {
		l.Write(lv, conn, AppendErrno(fmt.Appendf(nil, format, a...), err))
	}
}

// send hands a finished line to every target that wants it; head is where its text begins.
func (l *Log) send(lv Level, line []byte, head int) {
	stderr := false
	for i := range l.targets {
		t := &l.targets[i]
		if t.level < lv {
			break
		}
		t.logger.WithLevel(zerologLevels[lv]).Uint8(levelKey, uint8(lv)).RawJSON(lineKey, line).Send()
		stderr = stderr || t.sink.isStderr()
	}
	if lv <= Warn && !stderr {
		l.files.echo(lv, line[head:])
	}
}
