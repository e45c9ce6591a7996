// The zerolog side: an event carries nginx's finished line as a raw field, and the writer takes it
// out again byte for byte. So text that is not UTF-8 reaches the log as nginx would write it.

package errlog

import (
	"bytes"
	"errors"

	"github.com/rs/zerolog"
)

// Field names of an event. The line comes last, so that it ends where the event ends.
const (
	levelKey = "nginx"
	lineKey  = "line"
)

var (
	levelMark = []byte(`"` + levelKey + `":`)
	lineMark  = []byte(`,"` + lineKey + `":`)
	eventTail = []byte("}\n")
)

var errEvent = errors.New("errlog: event without a line")

// lineWriter unwraps events for a sink.
type lineWriter struct{ sink sink }

var _ zerolog.LevelWriter = lineWriter{}

// Write implements io.Writer.
func (w lineWriter) Write(event []byte) (int, error) {
	lv, line, err := unwrap(event)
	if err != nil {
		return 0, err
	}
	w.sink.writeLine(lv, line)
	return len(event), nil
}

// WriteLevel implements zerolog.LevelWriter.
func (w lineWriter) WriteLevel(_ zerolog.Level, event []byte) (int, error) { return w.Write(event) }

// unwrap finds the level and the line in `{"level":"error","nginx":4,"line":LINE}\n`.
func unwrap(event []byte) (Level, []byte, error) {
	i := bytes.Index(event, levelMark)
	j := bytes.Index(event, lineMark)
	if i < 0 || j < i || !bytes.HasSuffix(event, eventTail) {
		return 0, nil, errEvent
	}
	lv := Level(event[i+len(levelMark)] - '0')
	return lv, event[j+len(lineMark) : len(event)-len(eventTail)], nil
}
