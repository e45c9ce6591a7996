package limitconn

import (
	"understudy/errlog"
	"understudy/vars"
	"understudy/zone"
)

// limit is one limit_conn.
type limit struct {
	zone *countZone
	max  int
}

// limits are those of a location or server, and what to do about them.
type limits struct {
	list   []limit
	level  errlog.Level
	dryRun bool
	remark string
}

// levels are those of limit_conn_log_level, in its order.
var levels = [...]errlog.Level{errlog.Info, errlog.Notice, errlog.Warn, errlog.Error}

func newLimits(list []limitArgs, level int, dryRun bool) limits {
	l := limits{level: levels[level], dryRun: dryRun}
	if dryRun {
		l.remark = ", dry run,"
	}
	for _, o := range list {
		l.list = append(l.list, limit{zone: o.zone.Value.(*countZone), max: o.max})
	}
	return l
}

// The values of $limit_conn_status.
const (
	passed = iota + 1
	rejected
	rejectedDry
)

var statusNames = [...]string{passed: "PASSED", rejected: "REJECTED", rejectedDry: "REJECTED_DRY_RUN"}

// state is what a request or session counts in, until it ends.
type state struct {
	status int
	held   []hold
}

type hold struct {
	table *zone.Table[int]
	entry *zone.Entry[int]
}

// subject is a request or session.
type subject interface {
	vars.Subject
	Errorf(level errlog.Level, format string, args ...any)
}

// admit counts x in for all limits, or refuses it (ngx_http_limit_conn_handler). begin gives the state to count in; it is not asked
// when no limit is about x.
func (h *limits) admit(x subject, begin func() *state) (refused bool) {
	text := x.VarState()
	var st *state
	for i := range h.list {
		l := &h.list[i]
		key := l.zone.key.Append(text.Scratch(), x)
		if len(key) == 0 {
			text.PutScratch(key)
			continue
		}
		if len(key) > 255 {
			x.Errorf(errlog.Error, "the value of the \"%s\" key is more than 255 bytes: \"%s\"", l.zone.key.Text(), key)
			text.PutScratch(key)
			continue
		}
		if st == nil {
			st = begin()
			st.status = passed
		}
		e, full := l.count(key)
		text.PutScratch(key)
		if e != nil {
			st.held = append(st.held, hold{l.zone.table, e})
			continue
		}
		if full {
			x.Errorf(h.level, "limiting connections%s by zone \"%s\"", h.remark, l.zone.Name)
		}
		st.Ended()
		st.status = rejected
		if h.dryRun {
			st.status = rejectedDry
		}
		return !h.dryRun
	}
	return false
}

// count counts one in; nil: the limit is reached (full), or there is no memory.
func (l *limit) count(key []byte) (e *zone.Entry[int], full bool) {
	s, hash := l.zone.table.Shard(key)
	s.Lock()
	defer s.Unlock()
	if e = s.Find(hash, key); e == nil {
		if e = s.Insert(hash, key); e == nil {
			return nil, false
		}
	} else if e.Value >= l.max {
		return nil, true
	}
	e.Value++
	return e, false
}

// Ended counts the request or session out.
func (st *state) Ended() {
	for i, h := range st.held {
		s := h.table.Of(h.entry)
		s.Lock()
		if h.entry.Value--; h.entry.Value == 0 {
			s.Remove(h.entry)
		}
		s.Unlock()
		st.held[i] = hold{}
	}
	st.held = st.held[:0]
}
