package web

// Ending is something of a module's that goes with the end of a request, whatever becomes of its answer: after its log line,
// and for a tunnel when that is over.
type Ending interface{ Ended() }

// AtEnd has e told when the request that x belongs to ends.
func (x *Exchange) AtEnd(e Ending) { x.main.endings = append(x.main.endings, e) }

func (x *Exchange) end() {
	for i, e := range x.endings {
		e.Ended()
		x.endings[i] = nil
	}
	x.endings = x.endings[:0]
}
