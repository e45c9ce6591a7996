package web

// act sends a request whose client has its answer through the server once more, for post_action: nobody sees what that answers,
// but it is what the log line tells of (ngx_http_post_action). Where it ends up there may be another post_action. The caller logs the request.
func (x *Exchange) act() {
	keepalive, lingering, abort := x.keepalive, x.lingering, x.abort
	x.acting = true
	for uri := x.Location.Conf.PostAction.S(); uri != "" && x.redirects <= maxRedirects; uri = x.Location.Conf.PostAction.S() {
		x.unfilter()
		x.headQueued, x.headSent, x.ended = false, false, false
		var res Result
		if uri[0] == '/' {
			res = x.Redirect([]byte(uri), nil)
		} else {
			res = x.RedirectNamed(uri)
		}
		x.answer(res)
	}
	x.keepalive, x.lingering, x.abort = keepalive, lingering, abort
}

// Afterwards tells that the client has its answer, and that what goes on is for post_action.
func (x *Exchange) Afterwards() bool { return x.acting }
