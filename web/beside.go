package web

import "understudy/reactor"

// Beside sends another request through the server in a task of its own. Nobody sees its answer, x goes on at once, and the client
// has its answer however long this takes; only the connection's next request waits for it (nginx's background subrequests).
// False means that there are too many (logged).
func (x *Exchange) Beside(uri, args []byte, o SubOptions) bool {
	sub := x.subrequest(uri, args, o)
	if sub == nil {
		return false
	}
	sub.sub.beside, sub.sub.statusOnly = true, true
	x.main.besides++
	x.Loop().Go((*besideTask)(sub))
	return true
}

// besideTask is a subrequest as the job of its own task.
type besideTask Exchange

// Run implements reactor.Runner.
func (b *besideTask) Run(t *reactor.Task) {
	sub := (*Exchange)(b)
	main, whole := sub.main, false
	sub.Task = t
	defer func() {
		if whole {
			sub.Release()
		} else { // a panic: the subrequest goes, the main one stays
			sub.releaseBody()
			sub.end()
		}
		main.besideOver()
	}()
	sub.run(Declined)
	whole = true
}

// besideOver counts one of them out.
func (x *Exchange) besideOver() {
	x.besides--
	if after := x.afterBesides; x.besides == 0 && after != nil {
		x.afterBesides = nil
		after()
	}
}

// awaitBesides waits for all of them.
func (x *Exchange) awaitBesides() {
	t := x.Task
	x.afterBesides = t.Resume
	for x.besides > 0 {
		t.Park() // another task may have called too
	}
}
