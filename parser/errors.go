// Errors of a configuration: nginx's text, its level and where it was found.

package parser

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"syscall"
)

// Level is a log level in nginx's order; a lower number is graver.
type Level uint8

// The levels, numbered as nginx numbers them (NGX_LOG_STDERR is 0).
const (
	Stderr Level = iota
	Emerg
	Alert
	Crit
	Err
	Warn
	Notice
	Info
	Debug
)

var levelNames = [...]string{"stderr", "emerg", "alert", "crit", "error", "warn", "notice", "info", "debug"}

// String is the word nginx prints in brackets: "emerg", "crit", "warn".
func (l Level) String() string {
	if int(l) < len(levelNames) {
		return levelNames[l]
	}
	return "level " + strconv.Itoa(int(l))
}

// Error is a configuration error or warning. Text is nginx's text without the position, cause included
// (` (2: No such file or directory)`); Hint is Understudy's own advice, "" when there is none.
type Error struct {
	Level       Level
	Text        string
	File        string // as nginx prints it; "" when the error has no position
	Line        int    // 1-based
	Column      int    // 1-based, in bytes; 0 when unknown
	CommandLine bool   // found in the text of -g
	Hint        string
	Unsupported bool  // nginx may have taken it: the hint belongs to the error, whoever reads it
	Err         error // the cause, if a system call failed
}

// maxErrorText is what nginx keeps of a text before it appends the position (NGX_MAX_CONF_ERRSTR).
const maxErrorText = 1024

// Error gives nginx's line without level: `TEXT in FILE:LINE`, `TEXT in command line` or `TEXT`.
func (e *Error) Error() string {
	text := e.Text
	if !e.CommandLine && e.File == "" {
		return text
	}
	if len(text) > maxErrorText {
		text = text[:maxErrorText]
	}
	if e.CommandLine {
		return text + " in command line"
	}
	return text + " in " + e.File + ":" + strconv.Itoa(e.Line)
}

// Unwrap is the failed system call's error, if any.
func (e *Error) Unwrap() error { return e.Err }

// SystemError is how nginx appends a failed system call's cause to a text: ` (2: No such file or directory)`.
func SystemError(err error) string {
	number := syscall.Errno(0)
	switch {
	case errors.As(err, &number):
	case errors.Is(err, fs.ErrNotExist):
		number = syscall.ENOENT
	case errors.Is(err, fs.ErrPermission):
		number = syscall.EACCES
	default:
		return " (" + err.Error() + ")"
	}
	return " (" + strconv.Itoa(int(number)) + ": " + systemText(number) + ")"
}

// systemText is the C library's sentence: Go's tables hold the same with a small first letter.
func systemText(number syscall.Errno) string {
	text := number.Error()
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
