package web

import (
	"errors"

	"understudy/errlog"
	"understudy/http1"
)

// SubOptions say what a subrequest is for.
type SubOptions struct {
	// InMemory keeps the answer's body with the subrequest (Answer) instead of making it part of the main answer.
	InMemory bool
	// StatusOnly keeps head and status only; nothing of the body is wanted.
	StatusOnly bool
	// KeepMethod asks with the main request's method and body; else GET without one.
	KeepMethod bool
	// NoBody leaves the main request's body out.
	NoBody bool
	// Finish, if there is one, is told what the subrequest's handlers came to, before an error status gets its page. It may
	// answer itself, and what it returns counts (nginx's ngx_http_post_subrequest_t).
	Finish func(sub *Exchange, res Result) Result
}

type subrequest struct {
	inMemory   bool
	statusOnly bool
	output     bool // something of a body was handed to the filters
	finish     func(sub *Exchange, res Result) Result
	answer     []byte
	depth      int
	made       int  // subrequests of a main request, and theirs
	held       bool // until what was put off is done (Later)
	beside     bool // in a task of its own (Beside)
}

// maxSubrequests bounds the nesting of subrequests (NGX_HTTP_MAX_SUBREQUESTS). maxAll bounds their number for one main
// request; nginx has as many at a time.
const (
	maxSubrequests = 50
	maxAll         = 65535 - 1000
)

// Subrequest runs another request through the server on behalf of x and returns when it has been answered: a child exchange
// with x's head and variables, its own URI, location and answer. Unless the options say otherwise its body is sent to the client
// as part of x's answer, whose head must be on its way. The caller calls Release when it has read from it what it wants; nil
// means that there are too many, or that it is asked for by one whose own answer is kept in memory (logged).
func (x *Exchange) Subrequest(uri, args []byte, o SubOptions) *Exchange {
	sub := x.subrequest(uri, args, o)
	if sub == nil {
		return nil
	}
	sub.run(Declined)
	x.action = sub.action // as in nginx what is going on is known of the connection, not of each request
	return sub
}

// subrequest makes a subrequest that has not run yet.
func (x *Exchange) subrequest(uri, args []byte, o SubOptions) *Exchange {
	if x.sub.depth > maxSubrequests {
		x.Errorf(errlog.Error, "subrequests cycle while processing \"%s\"", uri)
		return nil
	}
	if x.main.sub.made++; x.main.sub.made > maxAll {
		x.Errorf(errlog.Error, "request reference counter overflow while processing \"%s\"", uri)
		return nil
	}
	if x.sub.inMemory {
		x.Errorf(errlog.Error, "nested in-memory subrequest \"%s\"", uri)
		return nil
	}
	w := x.client.worker
	sub := w.take()
	answer := sub.sub.answer[:0]
	sub.reset()
	sub.client, sub.Task = x.client, x.Task
	sub.main, sub.parent = x.main, x
	sub.front = x.front
	sub.sub = subrequest{inMemory: o.InMemory, statusOnly: o.StatusOnly || x.sub.statusOnly, finish: o.Finish, depth: x.sub.depth + 1, beside: x.sub.beside, answer: answer}
	sub.ownHead, sub.head = sub.head, x.head
	sub.Req.CopyFrom(&x.Req)
	sub.have, sub.size, sub.written = x.have, x.size, x.written
	sub.Server, sub.Location = x.Server, x.Server.root
	sub.Host, sub.Started = x.Host, x.Loop().Now()
	sub.Method = http1.MethodGet
	if o.KeepMethod {
		sub.Method = x.Method
	}
	sub.Body = requestBody{state: bodyWhole, mem: x.Body.mem, file: x.Body.file, length: x.Body.length, discarded: x.Body.discarded, borrowed: true}
	if o.NoBody {
		sub.Body = requestBody{state: bodyWhole, borrowed: true}
	}
	sub.SetURI(uri, args)
	sub.Internal = true
	sub.keepalive = true
	return sub
}

// Answer is the body of a subrequest that was made InMemory.
func (x *Exchange) Answer() []byte { return x.sub.answer }

// HasOutput tells that something of a body was handed to the subrequest's filters.
func (x *Exchange) HasOutput() bool { return x.sub.output }

// Broken tells that the main request cannot be answered any more, because of its connection or of a subrequest.
func (x *Exchange) Broken() bool { return x.main.broken }

// ErrBroken is for filters that find their exchange Broken.
var ErrBroken = errors.New("the request was terminated")

// IsMain tells a client's own request from a subrequest; Parent is what a subrequest was made for.
func (x *Exchange) IsMain() bool      { return x.main == x }
func (x *Exchange) Main() *Exchange   { return x.main }
func (x *Exchange) Parent() *Exchange { return x.parent }

// Release gives a subrequest back when nothing of it is needed any more.
func (x *Exchange) Release() {
	if x.main == x || x.sub.held {
		return
	}
	answer := x.sub.answer
	x.releaseBody()
	x.head, x.ownHead = x.ownHead, nil
	w := x.client.worker
	w.put(x)
	if cap(answer) <= keptBuffer {
		x.sub.answer = answer[:0]
	}
}

// sendToParent puts a piece of a subrequest's body where it belongs.
func (x *Exchange) sendToParent(p []byte) error {
	switch {
	case x.sub.statusOnly:
		return nil
	case x.sub.inMemory:
		if n, limit := int64(len(x.sub.answer)+len(p)), x.Location.Conf.SubrequestOutputSize.Bytes(); n > limit {
			if x.Out.Length > limit {
				x.Errorf(errlog.Error, "too big subrequest response: %d", x.Out.Length)
			} else {
				x.Errorf(errlog.Error, "too big subrequest response")
			}
			x.main.broken = true
			return ErrBroken
		}
		x.sub.answer = append(x.sub.answer, p...)
		return nil
	}
	return Sink{x.main, x.main.outerAt}.Write(p)
}

func (x *Exchange) flushParent(last bool) error {
	if last || x.sub.statusOnly || x.sub.inMemory {
		return nil
	}
	return Sink{x.main, x.main.outerAt}.Flush(false)
}
