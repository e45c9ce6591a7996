package web

import (
	"bytes"
	"io"

	"understudy/config"
	"understudy/errlog"
	"understudy/http1"
	"understudy/reactor"
)

// What modules that pass requests on to others need of an exchange.

// MethodName is the method as it is to be passed on: the client's, or GET on the way to an error page.
func (x *Exchange) MethodName() []byte {
	if x.Method == x.Req.Method {
		return x.Req.MethodText.Of(x.head)
	}
	return methodGet
}

var methodGet = []byte("GET")

// InLocation tells that the URI is still below the location's name: a rewrite with "break" ends that (nginx: valid_location).
func (x *Exchange) InLocation() bool { return !x.left }

// LeaveLocation notes that the URI no longer has to do with the location's name.
func (x *Exchange) LeaveLocation() { x.left = true }

// HasErrorPage tells whether error_page names a status here.
func (x *Exchange) HasErrorPage(status int) bool {
	for i := range x.Location.Conf.ErrorPage.list {
		if x.Location.Conf.ErrorPage.list[i].status == status {
			return true
		}
	}
	return false
}

// AppendForwardedFor appends $proxy_add_x_forwarded_for.
func (x *Exchange) AppendForwardedFor(dst []byte) []byte {
	if b, ok := forwardedFor(x, dst); ok {
		dst = append(b, ", "...)
	}
	return x.AppendClientAddr(dst)
}

var forwardedFor = joined(http1.HdrXForwardedFor, ", ")

// SplitUnsafe takes a URI that comes from an upstream or a document apart: its path is unescaped and must not climb, else it
// is logged, as far as it was read, and ok is false (ngx_http_parse_unsafe_uri).
func (x *Exchange) SplitUnsafe(to []byte) (path, args []byte, ok bool) {
	path, args = splitArgs(to)
	unsafe := to
	bad := len(path) == 0 || climbs(path)
	if !bad && bytes.IndexByte(path, '%') >= 0 {
		path = http1.UnescapeURI(nil, path, http1.UnescapeAll)
		unsafe = path
		bad = climbs(path)
	}
	if bad || bytes.IndexByte(path, 0) >= 0 {
		x.Errorf(errlog.Error, "unsafe URI \"%s\" was detected", unsafe)
		return nil, nil, false
	}
	return path, args, true
}

// RedirectUnsafe redirects inside to a URI that comes from an upstream.
func (x *Exchange) RedirectUnsafe(to []byte) Result {
	uri, args, ok := x.SplitUnsafe(to)
	if !ok {
		return statusNotFound
	}
	if x.Method != http1.MethodHead {
		x.Method = http1.MethodGet
	}
	return x.Redirect(uri, args)
}

// climbs tells a path with a ".." element.
func climbs(path []byte) bool {
	for len(path) > 0 {
		i := bytes.IndexByte(path, '/')
		if i < 0 {
			i = len(path)
		}
		if string(path[:i]) == ".." {
			return true
		}
		path = path[min(i+1, len(path)):]
	}
	return false
}

// LostClient notes that the client does not take the answer.
func (x *Exchange) LostClient(err error) {
	if _, refused := err.(Refusal); refused {
		return
	}
	switch {
	case err == reactor.ErrTimeout:
		x.timedOut = true
		x.Errorf(errlog.Info, "client timed out (110: Connection timed out)")
	case err == io.EOF, err == ErrGone, err == errSpool, err == ErrFilter:
	default:
		x.Errorf(errlog.Info, "send() failed (%s)", ErrnoText(err))
	}
}

// SameName compares a field name with the name of a variable: case does not matter, "-" is "_".
func SameName(field []byte, name string) bool { return sameName(field, name) }

// MatchesByRegex and IsNamed tell, while the configuration is read, kinds of location blocks.
func MatchesByRegex(b *config.Block) bool { m := locationOf(b); return m != nil && m.regex != nil }
func IsNamed(b *config.Block) bool        { m := locationOf(b); return m != nil && m.named }
