package web

// Gather collects the pieces that a filter makes of one, so that they go on together: nginx hands on what it made of a buffer
// at once, and so in one chunk. What is gathered goes on with Pass, at the latest when the filter is flushed. The zero value
// is ready.
type Gather struct{ held []byte }

const (
	gatherLimit = 4096     // small pieces that come one after the other are gathered up to here
	keptGather  = 64 << 10 // memory kept from one answer to the next
)

// Reset empties it for another answer.
func (g *Gather) Reset() {
	if g.held = g.held[:0]; cap(g.held) > keptGather {
		g.held = nil
	}
}

// Next is called before the pieces of n more bytes are added.
func (g *Gather) Next(next Sink, n int) error {
	if len(g.held)+n > gatherLimit {
		return g.Pass(next)
	}
	return nil
}

// Add adds a piece.
func (g *Gather) Add(p []byte) { g.held = append(g.held, p...) }

// Empty tells that nothing is held back.
func (g *Gather) Empty() bool { return len(g.held) == 0 }

// Pass hands on what there is.
func (g *Gather) Pass(next Sink) error {
	if len(g.held) == 0 {
		return nil
	}
	err := next.Write(g.held)
	g.held = g.held[:0]
	return err
}
