package web

// Afterwards is what is left to do for an exchange whose client has its answer. Exactly one of Run and Drop is called, once.
type Afterwards interface {
	// Run does it; x is the exchange that Later was called on, whose answer cannot be changed any more.
	Run(x *Exchange)
	// Drop gives it up, because the exchange ended badly.
	Drop()
}

type afterwards struct {
	x *Exchange
	a Afterwards
}

// Later has a run when the answer to the client is complete, before its connection takes another request
// (a background update of a cache). A subrequest is held until then.
func (x *Exchange) Later(a Afterwards) {
	x.main.later = append(x.main.later, afterwards{x, a})
	if x.main != x {
		x.sub.held = true
	}
}

// runLater does what was put off.
func (x *Exchange) runLater() {
	for len(x.later) > 0 {
		l := x.later[0]
		x.later = x.later[1:]
		action := x.action
		l.a.Run(l.x)
		x.action = action
		l.x.letGo()
	}
}

// dropLater gives up what was put off.
func (x *Exchange) dropLater() {
	for _, l := range x.later {
		l.a.Drop()
	}
	x.later = nil
}

// letGo releases a subrequest that was held.
func (x *Exchange) letGo() {
	if x.sub.held {
		x.sub.held = false
		x.Release()
	}
}
