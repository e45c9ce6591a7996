package proxy

import (
	"understudy/config"
	"understudy/http1"
	"understudy/upstream"
	"understudy/vars"
	"understudy/web"
)

// Protocol words requests to upstreams and reads what comes back. One value serves all exchanges of a location; what it has to
// remember of one is in a web slot of its own.
type Protocol interface {
	// Resolve says where the request goes: it calls To. A result other than Declined ends the exchange.
	Resolve(x *web.Exchange, e *Exchange) web.Result
	// Streams tells whether the request's body can be sent while it comes, where …_request_buffering is off.
	Streams(x *web.Exchange) bool
	// Request appends to b what is sent ahead of the request's body. A result other than Declined ends the exchange.
	Request(b []byte, x *web.Exchange, e *Exchange) ([]byte, web.Result)
	// Head reads an answer's head from b, all that has come of it so far, into e.Answer: its length, or 0 when more is needed. The
	// error has been logged, unless it is one of http1's.
	Head(b []byte, x *web.Exchange, e *Exchange) (int, error)
}

// Framed is a Protocol that wraps the bytes of an answer, head or body.
type Framed interface {
	Protocol
	// Begin is called for each peer, before its answer comes.
	Begin(x *web.Exchange, e *Exchange)
	// Decode unwraps bytes of the answer in place, and gives the number of those that are left. Before StartBody they are the head's,
	// and those behind it.
	Decode(p []byte, x *web.Exchange, e *Exchange) (int, Progress)
	// NoHead logs why no head can come any more, after Decode has said so.
	NoHead(x *web.Exchange, e *Exchange)
	// StartBody takes the bytes that came behind the head; as Decode.
	StartBody(p []byte, x *web.Exchange, e *Exchange) (int, Progress)
	// EOF says what it means that the peer has closed the connection in the middle of a body.
	EOF(x *web.Exchange, e *Exchange) Progress
}

// Recorded is a Protocol that sends the request's body in records. One that is in memory is part of what Request gives.
type Recorded interface {
	Protocol
	// AppendRecord appends what goes in front of the next n bytes of the body; n is at most MaxRecord, and 0 at the end.
	AppendRecord(b []byte, n int) []byte
	// AppendPadding appends what goes behind them.
	AppendPadding(b []byte, n int) []byte
}

// MaxRecord is the largest record of a request's body, as nginx cuts it.
const MaxRecord = 32 << 10

// Progress is how far an answer has come.
type Progress uint8

// More is to come; the answer is Whole, or Reusable if the connection can serve another request; it has been Cut off, or is
// Broken: then not even what waits to be sent goes out. The reason has been logged.
const (
	More Progress = iota
	Whole
	Reusable
	Cut
	Broken
)

// Install makes l a location that passes its requests to an upstream, as pass says, which is In its block.
func Install(l *web.Location, pass *Pass, c *Conf, p Protocol) {
	t := &target{conf: c, protocol: p, location: l}
	t.install(l, pass.place)
}

// install has t answer in l, for the directive at that place.
func (t *target) install(l *web.Location, directive config.Place) {
	t.framed, _ = t.protocol.(Framed)
	t.recorded, _ = t.protocol.(Recorded)
	l.Answer(t.handle, directive)
	if n := len(l.Name); n > 0 && l.Name[n-1] == '/' && l.Regex == nil {
		l.AutoSlash = true
	}
}

// NeedDirs names the directories that answers are spooled to and kept in.
func NeedDirs(l *web.Location, c *Conf) {
	l.Site.NeedDir(c.TempPath.Dir())
	for _, z := range c.CachePath.Zones() {
		l.Site.NeedDir(z.Path)
	}
}

// Answer is the answer that is being read, with the text that its spans point into once its head is complete.
func (e *Exchange) Answer() (*http1.Response, []byte) { return &e.answer, e.text }

// Kept tells that the answer is going to be kept for everybody, so that the request must not ask for a part of it.
func (e *Exchange) Kept() bool { return e.cached != nil && e.cached.cacheable }

// Streaming tells that the request's body is sent while it comes.
func (e *Exchange) Streaming() bool { return e.streaming }

// Unbuffered tells that the answer goes to the client as it comes.
func (e *Exchange) Unbuffered() bool { return !e.buffered }

// Muted tells that nobody but the cache gets the answer.
func (e *Exchange) Muted() bool { return e.muted() }

// Pass is `fastcgi_pass ADDRESS` and its like: an address without a scheme, or variables.
type Pass struct {
	set     bool
	place   config.Place
	group   *upstream.Group
	dynamic *vars.Value
	scheme  string // that an address may have in front
}

// Parse implements config.Option.
func (o *Pass) Parse(c *config.Call) error { return o.ParseBehind(c, "") }

// ParseBehind is Parse for an address that may have a scheme in front.
func (o *Pass) ParseBehind(c *config.Call, scheme string) error {
	if o.set {
		return c.Duplicate()
	}
	o.set, o.place, o.scheme = true, c.Place(), scheme
	v, err := vars.Compile(c, c.Args[0])
	if err != nil {
		return err
	}
	if _, static := v.Static(); !static {
		o.dynamic = v
		return nil
	}
	return o.Fixed(c)
}

// Fixed is Parse for an address without variables.
func (o *Pass) Fixed(c *config.Call) (err error) {
	o.set, o.place = true, c.Place()
	address, _ := cutPrefixFold(c.Args[0], o.scheme)
	o.group, err = upstream.Implicit(c, address, address, 0)
	return err
}

// IsSet tells whether there is an address.
func (o *Pass) IsSet() bool { return o.set }

// Inherit takes over what the location around says. Whether that counts for the block is In's to say.
func (o *Pass) Inherit(parent config.Option) {
	if !o.set {
		*o = *parent.(*Pass)
	}
}

// In tells whether requests in b are passed on: where the directive stands, and in if and limit_except blocks of that location.
func (o *Pass) In(b *config.Block) bool {
	return o.set && (o.place.In(b) || o.place.In(b.Up(config.Location)))
}

// Resolve sets the destination of an exchange.
func (o *Pass) Resolve(x *web.Exchange, e *Exchange, scheme string) web.Result {
	e.to.scheme = append(e.to.scheme[:0], scheme...)
	e.to.host, e.to.port, e.to.uri = e.to.host[:0], e.to.port[:0], e.to.uri[:0]
	if e.to.group = o.group; e.to.group != nil {
		return web.Declined
	}
	name, _ := cutPrefixFold(string(o.dynamic.Append(nil, x)), o.scheme)
	return e.findGroup(x, name, name, 0)
}
