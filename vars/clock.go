package vars

import "time"

// Clock renders the local time of log lines, once a second. Each loop has its own.
type Clock struct {
	at         int64
	localText  []byte
	isoText    []byte
	zoneLoaded bool
}

func (c *Clock) update(now int64) {
	if sec := now / 1000; sec != c.at || !c.zoneLoaded {
		t := time.Unix(sec, 0)
		c.at, c.zoneLoaded = sec, true
		c.localText = t.AppendFormat(c.localText[:0], "02/Jan/2006:15:04:05 -0700")
		c.isoText = t.AppendFormat(c.isoText[:0], "2006-01-02T15:04:05-07:00")
	}
}

func (c *Clock) local(dst []byte, now int64) []byte {
	c.update(now)
	return append(dst, c.localText...)
}

func (c *Clock) iso(dst []byte, now int64) []byte {
	c.update(now)
	return append(dst, c.isoText...)
}
