// One error_log line: `2006/01/02 15:04:05 [error] PID#TID: *CONN text`, at most 2048 bytes.

package errlog

import (
	"errors"
	"os"
	"strconv"
	"sync"
	"syscall"
)

// maxLine is nginx's NGX_MAX_ERROR_STR: a line is cut so that it ends with its newline here.
const maxLine = 2048

// processID stands twice in a line: the loops are no processes and have no thread ids that mean anything outside.
var processID = strconv.Itoa(os.Getpid())
var processTag = "] " + processID + "#" + processID + ": "

// maxText is what a text may have before ` (111: Connection refused)`: nginx keeps 50 bytes of a line for that, and what stands before
// the text is about this long.
var maxText = maxLine - 50 - len("2006/01/02 15:04:05 [error"+processTag+"*1 ")

// lines keeps buffers for lines in the making.
var lines = sync.Pool{New: func() any { b := make([]byte, 0, maxLine); return &b }}

// appendHead writes everything before the text.
func appendHead(dst []byte, at *stamp, lv Level, conn uint64) []byte {
	dst = append(dst, at.log...)
	dst = append(dst, " ["...)
	dst = append(dst, lv.String()...)
	dst = append(dst, processTag...)
	if conn != 0 {
		dst = append(dst, '*')
		dst = strconv.AppendUint(dst, conn, 10)
		dst = append(dst, ' ')
	}
	return dst
}

// appendText adds the text and the newline, cut to maxLine.
func appendText(dst, text []byte) []byte {
	if room := maxLine - 1 - len(dst); len(text) > room {
		text = text[:max(room, 0)]
	}
	dst = append(dst, text...)
	return append(dst, '\n')
}

// AppendErrno adds ` (111: Connection refused)` for the system error inside err, as nginx does
// behind a failed call. An error without an errno adds its own text: ` (text)`.
func AppendErrno(dst []byte, err error) []byte {
	if err == nil {
		return dst
	}
	if len(dst) > maxText {
		dst = append(dst[:maxText], "..."...)
	}
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		dst = append(dst, " ("...)
		dst = append(dst, err.Error()...)
		return append(dst, ')')
	}
	dst = append(dst, " ("...)
	dst = strconv.AppendInt(dst, int64(errno), 10)
	dst = append(dst, ": "...)
	dst = append(dst, Strerror(errno)...)
	return append(dst, ')')
}

// Strerror gives the C library's text: Go's has the same words, its first letter made small.
func Strerror(errno syscall.Errno) string {
	s := errno.Error()
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
