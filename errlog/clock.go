// Time stamps of log lines: formatted once a second, shared by all loops.

package errlog

import (
	"sync/atomic"
	"time"
)

// stamp is one second's text in the two shapes that error_log needs.
type stamp struct {
	second int64
	log    string // 2006/01/02 15:04:05
	syslog string // Jan _2 15:04:05
}

var lastStamp atomic.Pointer[stamp]

// now gives the current second's stamp in local time.
func now() *stamp { return stampAt(time.Now()) }

func stampAt(t time.Time) *stamp {
	second := t.Unix()
	if s := lastStamp.Load(); s != nil && s.second == second {
		return s
	}
	t = t.Local()
	s := &stamp{second: second, log: t.Format("2006/01/02 15:04:05"), syslog: t.Format("Jan _2 15:04:05")}
	lastStamp.Store(s)
	return s
}
