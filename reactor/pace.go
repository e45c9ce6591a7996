package reactor

// Rates of tunnels (nginx: proxy_upload_rate, proxy_download_rate). As in nginx, whole seconds count, the one under way included,
// and behind every read comes as long a pause as its bytes take at this rate.

import "time"

// fastest is the highest rate that is limited, bytes a second; more is no limit.
const fastest = 1 << 40

// pace is how fast one side of a tunnel is read.
type pace struct {
	rate  int64 // bytes a second, 0 = no limit
	began int64 // wall clock, seconds
	read  int64 // bytes so far
	until int64 // monotonic ms before which nothing is read
	timer *Timer
}

// newPaces makes the paces of a tunnel that begins now.
func newPaces(t *Tunnel, rateA, rateB int64) *[2]pace {
	l := t.a.loop
	p := &[2]pace{{rate: rateA}, {rate: rateB}}
	for i := range p {
		p[i].began = l.wall / 1000
		if p[i].rate > fastest {
			p[i].rate = 0
		}
		if p[i].rate > 0 {
			p[i].timer = &Timer{loop: l, f: t.event}
			p[i].timer.owner = p[i].timer
		}
	}
	return p
}

// room is how much of a buffer of n bytes may be read into now; 0 sets the timer for when more may be.
func (p *pace) room(l *Loop, n int) int {
	if p.rate == 0 {
		return n
	}
	if p.until <= l.mono {
		left := p.rate*(l.wall/1000-p.began+1) - p.read
		if left > 0 {
			return int(min(int64(n), left))
		}
		p.until = l.mono - left*1000/p.rate + 1
	}
	p.timer.Reset(time.Duration(p.until-l.mono) * time.Millisecond)
	return 0
}

// took counts what was read.
func (p *pace) took(l *Loop, n int) {
	p.read += int64(n)
	if p.rate > 0 {
		p.until = l.mono + int64(n)*1000/p.rate
	}
}

// waits tells that reading is held back now.
func (p *pace) waits(l *Loop) bool { return p.rate > 0 && p.until > l.mono }

func (p *pace) stop() {
	if p.timer != nil {
		p.timer.Stop()
	}
}
