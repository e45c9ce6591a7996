package web

import (
	"strings"

	"understudy/config"
	"understudy/errlog"
	"understudy/http1"
	"understudy/vars"
)

// errorPages is `error_page CODE … [=[RESPONSE]] URI`; the directives of one level inherit whole or not at all.
type errorPages struct{ list []errorPage }

type errorPage struct {
	status    int
	overwrite int // status to answer with; 0 = the page's own, -1 = the error's
	uri       *vars.Value
	fixed     []byte // uri and args, when they hold no variables
	args      []byte
}

func (o *errorPages) Parse(c *config.Call) error {
	overwrite, n := -1, len(c.Args)-1
	uri := c.Args[n]
	if eq := c.Args[n-1]; strings.HasPrefix(eq, "=") {
		if n == 1 {
			return c.Errorf("invalid value \"%s\"", eq)
		}
		overwrite = 0
		if len(eq) > 1 {
			var ok bool
			if overwrite, ok = atoi(eq[1:]); !ok {
				return c.Errorf("invalid value \"%s\"", eq)
			}
		}
		n--
	}
	value, err := vars.TableOf(c.Block).Compile(uri)
	if err != nil {
		return c.Errorf("%s", err)
	}
	page := errorPage{uri: value}
	if text, static := value.Static(); static {
		page.fixed = []byte(text)
		if strings.HasPrefix(text, "/") {
			if path, args, ok := strings.Cut(text, "?"); ok {
				page.fixed, page.args = []byte(path), []byte(args)
			}
		}
	}
	for _, arg := range c.Args[:n] {
		status, ok := atoi(arg)
		if !ok || status == StatusClientClosed {
			return c.Errorf("invalid value \"%s\"", arg)
		}
		if status < 300 || status > 599 {
			return c.Errorf("value \"%s\" must be between 300 and 599", arg)
		}
		page.status, page.overwrite = status, overwrite
		if overwrite == -1 && status >= StatusHeaderTooLarge && status <= StatusPlainToHTTPS {
			page.overwrite = statusBadRequest
		}
		o.list = append(o.list, page)
	}
	return nil
}

func (o *errorPages) Inherit(parent config.Option) {
	if o.list == nil {
		o.list = parent.(*errorPages).list
	}
}

// atoi reads digits only, as ngx_atoi does.
func atoi(s string) (int, bool) {
	n, ok := config.ParseNumber(s)
	return int(n), ok
}

// special answers with an error status: by the location's error_page, or with nginx's own page
// (ngx_http_special_response_handler).
func (x *Exchange) special(status int) Result {
	x.errStatus = status
	switch status {
	case statusBadRequest, statusPayloadTooLarge, statusURITooLong, StatusHeaderTooLarge, 495, 496, StatusPlainToHTTPS,
		statusInternalError, statusNotImplemented:
		x.keepalive = false
	}
	if status == statusBadRequest || status >= 495 && status <= StatusPlainToHTTPS {
		x.lingering = false
	}
	x.Out.ContentType = nil
	conf := x.Location.Conf
	if !x.inErrorPage && conf.ErrorPage.list != nil && x.redirects <= 10 {
		if !conf.RecursiveErrorPages.On() {
			x.inErrorPage = true
		}
		for i := range conf.ErrorPage.list {
			if p := &conf.ErrorPage.list[i]; p.status == status {
				return x.errorPage(p)
			}
		}
	}
	if conf.MSIERefresh.On() && (status == 301 || status == 302) && x.Out.Location != nil && x.agent().isMSIE() {
		return x.refresh()
	}
	return x.defaultPage(status)
}

func (x *Exchange) errorPage(p *errorPage) Result {
	if p.overwrite != 0 && p.overwrite != 200 {
		x.Body.expects = true // the page is about a request that has failed: no "100 Continue" for it any more
	}
	if p.overwrite >= 0 {
		x.errStatus = p.overwrite
	}
	uri, args := p.fixed, p.args
	if uri == nil {
		x.pageBuf = p.uri.Append(x.pageBuf[:0], x)
		uri = x.VarState().Keep(x.pageBuf)
		if len(uri) > 0 && uri[0] == '/' {
			uri, args = splitArgs(uri)
		}
	}
	switch {
	case len(uri) > 0 && uri[0] == '/':
		if x.Method != http1.MethodHead {
			x.Method = http1.MethodGet
		}
		return x.Redirect(uri, args)
	case len(uri) > 0 && uri[0] == '@':
		return x.RedirectNamed(string(uri))
	}
	switch p.overwrite {
	case 301, 302, 303, 307, 308:
	default:
		x.errStatus = 302
	}
	x.Out.Location = uri
	if conf := x.Location.Conf; conf.MSIERefresh.On() && x.agent().isMSIE() {
		return x.refresh()
	}
	return x.page(x.errStatus)
}

// splitArgs cuts a URI at its "?".
func splitArgs(uri []byte) (path, args []byte) {
	for i, c := range uri {
		if c == '?' {
			return uri[:i], uri[i+1:]
		}
	}
	return uri, nil
}

func (x *Exchange) defaultPage(status int) Result {
	if status >= StatusHeaderTooLarge && status <= StatusPlainToHTTPS {
		x.errStatus = statusBadRequest
	}
	return x.page(status)
}

// page answers with nginx's page for a status, or with no body when it has none.
func (x *Exchange) page(status int) Result {
	body := specialPage(status, x.Location.Conf.ServerTokens.Index())
	if body == nil {
		return x.ownPage()
	}
	x.Out.ContentType = textHTML
	if status >= 400 && x.Location.Conf.MSIEPadding.On() && x.Req.Version >= 1000 {
		if a := x.agent(); a.isMSIE() || a == agentChrome {
			x.pageBuf = append(append(x.pageBuf[:0], body...), msiePadding...)
			return x.ownPage(x.pageBuf)
		}
	}
	return x.ownPage(body)
}

// refresh answers with a page that takes MSIE to Out.Location, in place of a redirect.
func (x *Exchange) refresh() Result {
	to := http1.EscapeURI(nil, x.Out.Location, http1.EscapeRefresh)
	x.Out.Location, x.Out.ContentType = nil, textHTML
	x.errStatus = 200
	return x.ownPage(refreshHead, to, refreshTail)
}

// ownPage sends a body made here, in pieces.
func (x *Exchange) ownPage(pieces ...[]byte) Result {
	if !x.broken {
		x.Body.expects = true
		x.Discard()
	}
	o := &x.Out
	o.Status, o.StatusText = x.errStatus, nil
	o.Ranges, o.LastModified, o.ETag = false, -1, nil
	o.Remove(http1.HdrAcceptRanges)
	o.Remove(http1.HdrLastModified)
	o.Remove(http1.HdrETag)
	o.Length = 0
	for _, p := range pieces {
		o.Length += int64(len(p))
	}
	if x.SendHead() != nil {
		return Aborted
	}
	for _, p := range pieces {
		if x.Write(p) != nil {
			return Aborted
		}
	}
	if x.End() != nil {
		return Aborted
	}
	return Done
}

// logTooLarge is the line for a body that client_max_body_size refuses.
func (x *Exchange) logTooLarge(n int64) {
	x.Errorf(errlog.Error, "client intended to send too large body: %d bytes", n)
}
