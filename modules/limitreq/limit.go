package limitreq

import (
	"fmt"
	"time"

	"understudy/errlog"
	"understudy/web"
	"understudy/zone"
)

// bucket is the state of one value of a key.
type bucket struct {
	excess int64 // thousandths of a request above the rate, at last
	last   int64 // milliseconds of the loops' clock
	held   int   // requests that wait for a later limit's verdict
}

// bucketSize is what nginx's node takes beside its key, in bytes.
const bucketSize = 80

var tables zone.Kept[bucket]

func start(s *web.Site) error {
	list := conf.Of(s.Block).Zone.list
	for i, z := range list {
		table, previous, ok := tables.Open(z.Declared, z.key.Text(), bucketSize)
		if !ok {
			closeTables(list[:i])
			return fmt.Errorf("limit_req \"%s\" uses the \"%s\" key while previously it used the \"%s\" key", z.Name, z.key.Text(), previous)
		}
		z.table = table
	}
	return nil
}

func drop(s *web.Site) { closeTables(conf.Of(s.Block).Zone.list) }

func closeTables(list []*bucketZone) {
	for _, z := range list {
		tables.Close(z.Declared, z.table)
	}
}

// limit is one limit_req.
type limit struct {
	zone         *bucketZone
	burst, delay int64
}

// handler is what a location does about its limits.
type handler struct {
	limits     []limit
	status     web.Result
	level      errlog.Level
	delayLevel errlog.Level
	dryRun     bool
	remark     string
}

// The values of $limit_req_status.
const (
	passed = iota + 1
	delayed
	rejected
	delayedDry
	rejectedDry
)

var statusNames = [...]string{passed: "PASSED", delayed: "DELAYED", rejected: "REJECTED", delayedDry: "DELAYED_DRY_RUN", rejectedDry: "REJECTED_DRY_RUN"}

type state struct{ status int }

var slot = web.NewSlot[state]()

func statusVariable(x *web.Exchange, dst []byte) ([]byte, bool) {
	if st, ok := slot.Have(x.Main()); ok {
		return append(dst, statusNames[st.status]...), true
	}
	return dst, false
}

// longAgo, in milliseconds, empties a bucket at any rate.
const longAgo = 3600 * 1000

// verdict is what a limit says about a request.
type verdict uint8

const (
	ok      verdict = iota // within the burst, and counted
	pending                // within the burst; counted when all limits have agreed
	busy                   // beyond the burst
	failed                 // no memory
)

// keptLimits are as many limits in one place as need no memory of their own.
const keptLimits = 8

// run holds a request against all limits, waits as the strictest of them asks, or refuses (ngx_http_limit_req_handler).
func (h *handler) run(x *web.Exchange) web.Result {
	main := x.Main()
	if _, done := slot.Have(main); done {
		return web.Declined
	}
	var few [keptLimits]*zone.Entry[bucket]
	held := few[:]
	if len(h.limits) > keptLimits {
		held = make([]*zone.Entry[bucket], len(h.limits))
	}
	counted, strictest := 0, -1
	var excess int64
	now := x.Loop().Mono()
	st := x.VarState()
	for i := range h.limits {
		l := &h.limits[i]
		key := l.zone.key.Append(st.Scratch(), x)
		if len(key) == 0 {
			st.PutScratch(key)
			continue
		}
		if len(key) > 65535 {
			x.Errorf(errlog.Error, "the value of the \"%s\" key is more than 65535 bytes: \"%s\"", l.zone.key.Text(), key)
			st.PutScratch(key)
			continue
		}
		v, e, n := l.look(key, now, i == len(h.limits)-1)
		st.PutScratch(key)
		strictest, excess = i, n
		switch v {
		case busy, failed:
			h.release(held[:counted])
			if v == busy {
				x.Errorf(h.level, "limiting requests%s, excess: %d.%03d by zone \"%s\"", h.remark, n/1000, n%1000, l.zone.Name)
			} else {
				x.Errorf(errlog.Alert, "could not allocate node in limit_req zone \"%s\"", l.zone.Name)
			}
			if h.dryRun {
				slot.Of(main).status = rejectedDry
				return web.Declined
			}
			slot.Of(main).status = rejected
			return h.status
		case pending:
			held[i] = e
			excess = 0
		}
		counted = i + 1
	}
	if strictest < 0 {
		return web.Declined
	}
	return h.delay(x, held[:counted], now, &h.limits[strictest], excess)
}

// delay counts an accepted request and makes it wait.
func (h *handler) delay(x *web.Exchange, held []*zone.Entry[bucket], now int64, l *limit, excess int64) web.Result {
	by, excess, l := h.account(held, now, l, excess)
	st := slot.Of(x.Main())
	if by == 0 {
		st.status = passed
		return web.Declined
	}
	x.Errorf(h.delayLevel, "delaying request%s, excess: %d.%03d, by zone \"%s\"", h.remark, excess/1000, excess%1000, l.zone.Name)
	if h.dryRun {
		st.status = delayedDry
		return web.Declined
	}
	st.status = delayed
	return x.Pause(time.Duration(by) * time.Millisecond)
}

// look finds the key's bucket and what there would be in it with this request; the last of the limits counts it at once.
func (l *limit) look(key []byte, now int64, last bool) (verdict, *zone.Entry[bucket], int64) {
	s, hash := l.zone.table.Shard(key)
	s.Lock()
	defer s.Unlock()
	e := s.Find(hash, key)
	if e == nil {
		l.zone.expire(s, now, false)
		if e = s.Insert(hash, key); e == nil {
			l.zone.expire(s, now, true)
			if e = s.Insert(hash, key); e == nil {
				return failed, nil, 0
			}
		}
		if last {
			e.Value.last = now
			return ok, nil, 0
		}
		e.Value.held, e.Value.last = 1, now-longAgo
		return pending, e, 0
	}
	b := &e.Value
	excess, elapsed := b.with(now, l.zone.rate)
	switch {
	case excess > l.burst:
		return busy, nil, excess
	case last:
		b.count(excess, elapsed, now)
		return ok, nil, excess
	}
	b.held++
	return pending, e, excess
}

// with gives what the bucket holds with one more request, and the time since the last one. Loops' clocks may differ a little.
func (b *bucket) with(now, rate int64) (excess, elapsed int64) {
	elapsed = now - b.last
	switch {
	case elapsed < -60000:
		elapsed = 1
	case elapsed < 0:
		elapsed = 0
	}
	return max(b.excess-rate*elapsed/1000+1000, 0), elapsed
}

func (b *bucket) count(excess, elapsed, now int64) {
	b.excess = excess
	if elapsed != 0 {
		b.last = now
	}
}

// account counts the request with all limits that have let it in, and finds the longest wait, in milliseconds.
func (h *handler) account(held []*zone.Entry[bucket], now int64, l *limit, excess int64) (by, worst int64, which *limit) {
	by, worst, which = l.wait(excess), excess, l
	for i := len(held) - 1; i >= 0; i-- {
		e := held[i]
		if e == nil {
			continue
		}
		l := &h.limits[i]
		s := l.zone.table.Of(e)
		s.Lock()
		n, elapsed := e.Value.with(now, l.zone.rate)
		e.Value.count(n, elapsed, now)
		e.Value.held--
		s.Unlock()
		if wait := l.wait(n); wait > by {
			by, worst, which = wait, n, l
		}
	}
	return by, worst, which
}

// wait is how long a request with this excess is held back, in milliseconds.
func (l *limit) wait(excess int64) int64 {
	if excess <= l.delay {
		return 0
	}
	return (excess - l.delay) * 1000 / l.zone.rate
}

// release takes back what earlier limits had in mind for a request that is refused.
func (h *handler) release(held []*zone.Entry[bucket]) {
	for i, e := range held {
		if e == nil {
			continue
		}
		s := h.limits[i].zone.table.Of(e)
		s.Lock()
		e.Value.held--
		s.Unlock()
	}
}

// expire removes one or two buckets that have been empty for a minute; force removes the oldest one first, whatever it holds.
func (z *bucketZone) expire(s *zone.Shard[bucket], now int64, force bool) {
	for range 3 {
		e := s.Oldest()
		if e == nil || e.Value.held > 0 {
			return
		}
		if !force {
			idle := max(now-e.Value.last, e.Value.last-now)
			if idle < 60000 || e.Value.excess-z.rate*idle/1000 > 0 {
				return
			}
		}
		force = false
		s.Remove(e)
	}
}
