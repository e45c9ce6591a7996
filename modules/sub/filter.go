package sub

import (
	"understudy/ascii"
	"understudy/vars"
	"understudy/web"
)

// filter looks through the answers of one location.
type filter struct {
	s     *Settings
	fixed *table // nil when a text to look for has variables
}

func newFilter(s *Settings) *filter {
	f := &filter{s: s}
	texts := make([]text, 0, len(s.Pairs.list))
	for _, p := range s.Pairs.list {
		match, static := p.match.Static()
		if !static {
			return f
		}
		texts = append(texts, text{match, p.value})
	}
	f.fixed = newTable(texts)
	return f
}

// body is the part of the filter in one answer; it stays with the pooled exchange.
type body struct {
	*table
	once    bool
	through bool   // everything that was to be replaced has been
	held    []byte // the end of what has come, which may be the beginning of a text
	out     web.Gather
	done    []replacement
	applied int
}

// replacement is what comes in place of a text, evaluated when it is first found.
type replacement struct {
	known bool
	value []byte
}

var bodies = web.NewSlot[body]()

// keptHeld is how large a pooled body's buffer may stay.
const keptHeld = 64 << 10

// Head implements web.Filter.
func (f *filter) Head(x *web.Exchange) (web.Body, error) {
	o := &x.Out
	if o.Length == 0 || !f.s.Types.Match(o.ContentType) {
		return nil, nil
	}
	t := f.fixed
	if t == nil {
		if t = f.evaluate(x); t == nil {
			return nil, nil
		}
	}
	b := bodies.Of(x)
	b.table, b.once, b.through, b.applied = t, f.s.Once.On(), false, 0
	if b.held = b.held[:0]; cap(b.held) > keptHeld {
		b.held = nil
	}
	b.out.Reset()
	clear(b.done[:cap(b.done)])
	if n := len(t.texts); cap(b.done) < n {
		b.done = make([]replacement, n)
	} else {
		b.done = b.done[:n]
	}
	if x.IsMain() {
		o.ClearLength()
		if f.s.LastModified.On() {
			o.WeakETag()
		} else {
			o.ClearLastModified()
			o.ClearETag()
		}
	}
	return b, nil
}

// evaluate makes the table of texts that have variables in them; empty ones are left out, nil stands for none.
func (f *filter) evaluate(x *web.Exchange) *table {
	var texts []text
	for _, p := range f.s.Pairs.list {
		if match := ascii.ToLower(string(p.match.Bytes(x))); match != "" {
			texts = append(texts, text{match, p.value})
		}
	}
	if texts == nil {
		return nil
	}
	return newTable(texts)
}

// Write implements web.Body.
func (b *body) Write(x *web.Exchange, next web.Sink, p []byte) error {
	if err := b.out.Next(next, len(b.held)+len(p)); err != nil {
		return err
	}
	if b.through && b.out.Empty() {
		return next.Write(p)
	}
	if b.through {
		b.out.Add(p)
		return nil
	}
	if len(b.held) > 0 {
		b.held = append(b.held, p...)
		p = b.held
	}
	for at := 0; ; {
		from, i, v := b.find(p, at, b.used)
		if v == nowhere {
			from = len(p)
		}
		b.out.Add(p[at:from])
		if v != whole {
			b.held = append(b.held[:0], p[from:]...)
			return nil
		}
		b.replace(x, i)
		if at = from + len(b.texts[i].match); b.through {
			b.out.Add(p[at:])
			b.held = b.held[:0]
			return nil
		}
	}
}

// used tells the texts that are not looked for any more.
func (b *body) used(i int) bool { return b.once && b.done[i].known }

func (b *body) replace(x *web.Exchange, i int) {
	r := &b.done[i]
	if !r.known {
		r.known, r.value = true, b.texts[i].value.Bytes(x)
	}
	b.applied++
	b.through = b.once && b.applied == len(b.texts)
	b.out.Add(r.value)
}

// Flush implements web.Body: what may still become a text is held back until the end.
func (b *body) Flush(_ *web.Exchange, next web.Sink, last bool) error {
	if last {
		b.out.Add(b.held)
		b.held = b.held[:0]
	}
	if err := b.out.Pass(next); err != nil {
		return err
	}
	return next.Flush(last)
}

// text is one text to look for, lower case, and its replacement.
type text struct {
	match string
	value *vars.Value
}
