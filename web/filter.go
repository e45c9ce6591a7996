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
	if last && s.x.follows && s.i == s.x.outerAt {
		return nil
	}
	if s.i < len(s.x.bodies) {
		return s.x.bodies[s.i].Flush(s.x, Sink{s.x, s.i + 1}, last)
	}
	return s.x.flushBody(last)
}

// EndOwn ends the body for the filters behind this one that see the exchange's own bytes only, so that they let go of all
// they hold back: what subrequests put out can follow. The filter that calls it ends the answer with EndOuter.
func (s Sink) EndOwn() error {
	s.x.follows = true
	err := s.Flush(true)
	s.x.follows = false
	return err
}

// EndOuter ends an answer after EndOwn.
func (s Sink) EndOuter() error { return Sink{s.x, s.x.outerAt}.Flush(true) }
