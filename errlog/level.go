// The severity of an error_log line, in nginx's order: the smaller, the worse.

package errlog

import "github.com/rs/zerolog"

// Level is the severity of a line or the threshold of a target (error_log's second argument).
type Level uint8

const (
	Stderr Level = iota // nginx's level 0: no threshold set
	Emerg
	Alert
	Crit
	Error
	Warn
	Notice
	Info
	Debug
)

var levelNames = [...]string{"", "emerg", "alert", "crit", "error", "warn", "notice", "info", "debug"}

// zerologLevels says how severe a line is in zerolog's terms; zerolog has fewer steps.
var zerologLevels = [...]zerolog.Level{
	zerolog.PanicLevel, zerolog.PanicLevel, zerolog.PanicLevel, zerolog.FatalLevel, zerolog.ErrorLevel,
	zerolog.WarnLevel, zerolog.InfoLevel, zerolog.InfoLevel, zerolog.DebugLevel,
}

// String gives the word that stands in the log and in the config.
func (lv Level) String() string {
	if int(lv) < len(levelNames) {
		return levelNames[lv]
	}
	return ""
}

// ParseLevel reads a level's word; "debug" and the words of the debug categories
// (debug_http, …) all mean Debug.
func ParseLevel(word string) (Level, bool) {
	for i := 1; i < len(levelNames); i++ {
		if levelNames[i] == word {
			return Level(i), true
		}
	}
	if isDebugCategory(word) {
		return Debug, true
	}
	return 0, false
}

// isDebugCategory knows the words that nginx takes for parts of the debug log.
func isDebugCategory(word string) bool {
	switch word {
	case "debug_core", "debug_alloc", "debug_mutex", "debug_event", "debug_http", "debug_mail", "debug_stream":
		return true
	}
	return false
}
