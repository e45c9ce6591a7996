package web

import (
	"understudy/errlog"
	"understudy/http1"
)

// run takes a request through the phases until it has been answered, and logs it; res is a status if its head was refused.
func (x *Exchange) run(res Result) {
	x.Location = x.Server.root
	if x.out == nil {
		x.out = make([]byte, 0, 2*copyLimit)
	}
	if x.main != x {
		res = x.phases() // the head was looked at for the main request
	} else if res == Declined {
		x.keepalive = x.Req.KeepAlive
		x.lingering = x.HasBody()
		res = x.each(PhasePostRead, x.Location)
	} else {
		x.unparsed = false
		x.Body.state = bodyWhole // there is no telling where it would begin
	}
	x.answer(res)
}

// answer takes an exchange through the phases, over again while it is redirected inside, to its end.
func (x *Exchange) answer(res Result) {
	for {
		if res == Declined {
			res = x.phases()
		}
		if x.sub.finish != nil && res != Redirected {
			res = x.sub.finish(x, res)
		}
		switch {
		case res == Redirected:
			x.Location = x.Server.root
			if x.named == nil {
				x.action = ""
			}
			res = Declined
			continue
		case res == Aborted && x.refused(&res):
			continue // a filter wants an error answered in place of what it saw
		case res == Done, res == Aborted:
			x.finish(res)
			return
		case res == statusRequestTimeout, res == StatusClientClosed, res == StatusClose, x.broken && res > 0:
			x.terminate(int(res))
			return
		case res >= 300, res == 201, res == statusNoContent:
			if x.HeadSent() {
				// too late for another answer
				x.finish(Aborted)
				return
			}
			if res = x.special(int(res)); res == Declined {
				res = statusInternalError
			}
			continue
		case res >= 100: // nginx sends nothing at all then
			x.finish(Done)
			return
		default:
			x.Errorf(errlog.Alert, "a handler ended with %d", int(res))
			x.terminate(statusInternalError)
			return
		}
	}
}

// phases runs an exchange from the server's rewrite rules to its content.
func (x *Exchange) phases() Result {
	if l := x.named; l != nil {
		x.named = nil
		x.Location = l
		x.enter()
		if res := x.each(PhaseRewrite, l); res != Declined {
			return res
		}
		if x.changed {
			if res := x.cycle(); res != Declined {
				return res
			}
			if res := x.find(); res != Declined {
				return res
			}
		}
	} else {
		x.changed = false
		if res := x.each(PhaseServerRewrite, x.Location); res != Declined {
			return res
		}
		if res := x.find(); res != Declined {
			return res
		}
	}
	if res := x.each(PhasePreaccess, x.Location); res != Declined {
		return res
	}
	if res := x.access(); res != Declined {
		return res
	}
	if res := x.each(PhasePrecontent, x.Location); res != Declined {
		return res
	}
	return x.content()
}

// find picks the location and runs its rewrite rules, over again while they change the URI.
func (x *Exchange) find() Result {
	for {
		x.changed = false
		root := x.Server.root
		l, v := root.find(x, x.URI)
		if v == failed {
			return statusInternalError
		}
		x.Location = l
		if !x.Internal && l.Conf.Internal.on {
			return statusNotFound
		}
		if l.limits != nil {
			l = l.limits.pick(x, l)
			x.Location = l
		}
		x.enter()
		if x.Debugging() {
			x.debugLocation(x.Location)
		}
		if n := x.Req.ContentLength; n >= 0 && !x.Body.discarded {
			if limit := l.Conf.ClientMaxBodySize.Bytes(); limit > 0 && limit < n {
				x.logTooLarge(n)
				return statusPayloadTooLarge
			}
		}
		if v == addSlash {
			return x.ToSlash([]byte(l.Name))
		}
		if res := x.each(PhaseRewrite, l); res != Declined {
			return res
		}
		if !x.changed {
			return Declined
		}
		if res := x.cycle(); res != Declined {
			return res
		}
	}
}

// cycle counts a change of the URI.
func (x *Exchange) cycle() Result {
	x.redirects++
	if x.redirects > maxRedirects {
		x.Errorf(errlog.Error, "rewrite or internal redirection cycle while processing \"%s\"", x.URI)
		return statusInternalError
	}
	return Declined
}

// enter puts what the location says about the connection in force (ngx_http_update_location_config).
func (x *Exchange) enter() {
	conf := x.Location.Conf
	c := x.client
	c.conn.SetWriteTimeout(patience(conf.SendTimeout))
	if on := conf.TCPNodelay.On(); on == c.delayed {
		c.delayed = !on
		_ = c.conn.SetNoDelay(on) // a connection that is gone shows when it is written to
	}
	if !x.keepalive {
		return
	}
	switch {
	case conf.KeepaliveTimeout.D() == 0,
		c.requests >= conf.KeepaliveRequests.N(),
		x.Loop().Mono()-c.started > conf.KeepaliveTime.D().Milliseconds(),
		c.worker.draining:
		x.keepalive = false
	default:
		x.keepalive = !x.oddBrowser(conf)
	}
}

// oddBrowser tells the browsers that keepalive_disable is about: MSIE before 7 with a POST, old Safari on macOS.
func (x *Exchange) oddBrowser(conf *Settings) bool {
	switch x.agent() {
	case agentMSIE6:
		return x.Method == http1.MethodPost && conf.KeepaliveDisable.Has("msie6")
	case agentSafari:
		return conf.KeepaliveDisable.Has("safari")
	}
	return false
}

func (x *Exchange) each(p Phase, l *Location) Result {
	for _, h := range l.phases[p] {
		if res := h(x); res != Declined {
			return res
		}
	}
	return Declined
}

// access runs the access handlers under satisfy (ngx_http_core_access_phase).
func (x *Exchange) access() Result {
	handlers := x.Location.phases[PhaseAccess]
	if len(handlers) == 0 || x.main != x {
		return Declined
	}
	anyOf := x.Location.Conf.Satisfy.Is("any")
	var refused Result
	for _, h := range handlers {
		res := h(x)
		switch {
		case res == Declined:
		case res == Allowed:
			if anyOf {
				x.Out.Remove(http1.HdrWWWAuthenticate)
				return Declined
			}
		case anyOf && (res == statusForbidden || res == statusUnauthorized):
			if refused != statusUnauthorized {
				refused = res
			}
		default:
			return x.refuse(res)
		}
	}
	if refused != 0 {
		if refused == statusForbidden {
			x.Errorf(errlog.Error, "access forbidden by rule")
		}
		return x.refuse(refused)
	}
	return Declined
}

func (x *Exchange) content() Result {
	l := x.Location
	if l.Content != nil {
		return l.Content(x)
	}
	for _, h := range l.phases[PhaseContent] {
		if res := h(x); res != Declined {
			return res
		}
	}
	if n := len(x.URI); n > 0 && x.URI[n-1] == '/' {
		x.Errorf(errlog.Error, "directory index of \"%s\" is forbidden", x.AppendPath(nil))
		return statusForbidden
	}
	x.Errorf(errlog.Error, "no handler found")
	return statusNotFound
}

// terminate closes the connection without an answer, or in the middle of one: the main request's, whoever met the end.
func (x *Exchange) terminate(status int) {
	for _, x := range [...]*Exchange{x, x.main} {
		if x.Out.Status == 0 || x.sent == 0 {
			x.Out.Status = status
		}
	}
	x.abort = true
	x.main.broken = true
	x.finish(Aborted)
}

// finish ends the exchange's answer and logs it.
func (x *Exchange) finish(res Result) {
	if x.Debugging() {
		x.Debugf("http finalize request: %d, status %d, \"%s?%s\"", int(res), x.Status(), x.URI, x.Args)
	}
	if res == Aborted {
		x.keepalive = false
		x.lingering = false
		x.abort = true
		x.drop()
	} else if !x.taken {
		if err := x.End(); err != nil {
			x.LostClient(err)
			x.keepalive = false
			x.abort = true
		}
	}
	if len(x.later) > 0 {
		x.runLater()
	}
	if x.besides > 0 && !x.taken {
		x.awaitBesides()
	}
	if x.acting {
		return // the first answer's end logs
	}
	if !x.taken && x.main == x && x.Location.Conf.PostAction.S() != "" {
		x.act()
	}
	if !x.taken && (x.main == x || res != Aborted && x.Location.Conf.LogSubrequest.On()) {
		x.log1()
	}
}

// log1 runs the log phase, once.
func (x *Exchange) log1() {
	if x.logged {
		return
	}
	x.logged = true
	if x.main == x {
		x.action = "logging request"
	}
	if x.Loop().Ending() {
		return // as nginx does, which is gone by then
	}
	if c := x.client; c.worker.aborted && c.session == nil && !x.HeadSent() {
		x.Out.Status, x.errStatus = 0, 0 // "000": nobody got an answer
	}
	for _, h := range x.Location.phases[PhaseLog] {
		h(x)
	}
}
