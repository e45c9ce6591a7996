package limitconn

import (
	"understudy/errlog"
	"understudy/web"
	"understudy/zone"
)

// limit is one limit_conn.
type limit struct {
	zone *countZone
	max  int
}

// handler is what a location does about its limits.
type handler struct {
	limits []limit
	status web.Result
	level  errlog.Level
	dryRun bool
	remark string
}

// The values of $limit_conn_status.
const (
	passed = iota + 1
	rejected
	rejectedDry
)

var statusNames = [...]string{passed: "PASSED", rejected: "REJECTED", rejectedDry: "REJECTED_DRY_RUN"}

// state is what a request counts in, until it ends.
type state struct {
	status int
	held   []hold
}

type hold struct {
	table *zone.Table[int]
	entry *zone.Entry[int]
}

var slot = web.NewSlot[state]()

func statusVariable(x *web.Exchange, dst []byte) ([]byte, bool) {
	if st, ok := slot.Have(x.Main()); ok {
		return append(dst, statusNames[st.status]...), true
	}
	return dst, false
}

// run counts the request in for all limits, or refuses it (ngx_http_limit_conn_handler).
func (h *handler) run(x *web.Exchange) web.Result {
	main := x.Main()
	if _, done := slot.Have(main); done {
		return web.Declined
	}
	text := x.VarState()
	for i := range h.limits {
		l := &h.limits[i]
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
		st, held := slot.Have(main)
		if !held {
			st = slot.Of(main)
			st.status, st.held = passed, st.held[:0]
			main.AtEnd(st)
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
		if h.dryRun {
			st.status = rejectedDry
			return web.Declined
		}
		st.status = rejected
		return h.status
	}
	return web.Declined
}

// count counts a request in; nil: the limit is reached (full), or there is no memory.
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

// Ended counts the request out (web.Ending).
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
