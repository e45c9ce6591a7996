package web

// A Filter is what a module does to answers in a location. Head runs once for each answer, before its head is sent, and may
// change x.Out; to change the body too it returns a Body, else nil. A filter that is not interested costs one call.
type Filter interface {
	Head(x *Exchange) (Body, error)
}

// A Body is one filter's part in the body of one answer; what it writes to next goes to the following filter, and at last to
// the client.
type Body interface {
	// Write takes a piece of the body; p belongs to the caller again afterwards.
	Write(x *Exchange, next Sink, p []byte) error
	// Flush passes on what is held back; with last it ends the body.
	Flush(x *Exchange, next Sink, last bool) error
}

// Sink is where body bytes go.
type Sink struct {
	x *Exchange
	i int // index into the exchange's bodies; len = the client
}

// Write hands p to the next filter.
func (s Sink) Write(p []byte) error {
	if s.i < len(s.x.bodies) {
		return s.x.bodies[s.i].Write(s.x, Sink{s.x, s.i + 1}, p)
	}
	return s.x.sendBody(p)
}

// Flush hands a flush to the next filter.
func (s Sink) Flush(last bool) error {
	if s.i < len(s.x.bodies) {
		return s.x.bodies[s.i].Flush(s.x, Sink{s.x, s.i + 1}, last)
	}
	return s.x.flushBody(last)
}
