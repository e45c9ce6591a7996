// Package authbasic is nginx's ngx_http_auth_basic_module: user names and passwords (RFC 7617) out of a file.
package authbasic

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"understudy/config"
	"understudy/errlog"
	"understudy/http1"
	"understudy/modules/authbasic/crypt"
	"understudy/vars"
	"understudy/web"
)

// Settings of ngx_http_auth_basic_module.
type Settings struct {
	// Realm is what the client is asked with; "off" lets everybody in.
	Realm vars.Value `nginx:"auth_basic" in:"http server location limit_except"`
	// UserFile has lines NAME:HASH[:REMARK].
	UserFile vars.Value `nginx:"auth_basic_user_file" in:"http server location limit_except"`
}

var conf = config.Declare[Settings]("ngx_http_auth_basic_module")

// Module is ngx_http_auth_basic_module.
var Module = &web.Module{Settings: conf, Compile: func(l *web.Location) error {
	s := conf.Of(l.Block)
	if !s.Realm.IsSet() || !s.UserFile.IsSet() {
		return nil
	}
	if text, static := s.Realm.Static(); static && text == "off" {
		return nil
	}
	h := &handler{realm: &s.Realm, file: &s.UserFile, config: l.Block.Config()}
	if text, static := s.UserFile.Static(); static {
		h.fixed = h.config.FullName(text, true)
	}
	l.On(web.PhaseAccess, h.check)
	return nil
}}

type handler struct {
	realm  *vars.Value
	file   *vars.Value
	fixed  string // the file's full name, if it has no variables
	config *config.Config
}

// check lets the request in if its user is in the file with its password (ngx_http_auth_basic_handler).
func (h *handler) check(x *web.Exchange) web.Result {
	realm := h.realm.Bytes(x)
	if string(realm) == "off" {
		return web.Declined
	}
	user, password, ok := x.BasicAuth()
	if !ok {
		x.Errorf(errlog.Info, "no user/password was provided for basic authentication")
		return ask(x, realm)
	}
	name := h.fixed
	if name == "" {
		name = h.config.FullName(string(h.file.Bytes(x)), true)
	}
	if i := strings.IndexByte(name, 0); i >= 0 {
		name = name[:i]
	}
	hash, found, res := find(x, name, user)
	switch {
	case res != web.Declined:
		return res
	case !found:
		x.Errorf(errlog.Error, "user \"%s\" was not found in \"%s\"", user, name)
		return ask(x, realm)
	case matches(x, hash, password):
		return web.Allowed
	}
	x.Errorf(errlog.Error, "user \"%s\": password mismatch", user)
	return ask(x, realm)
}

// matches checks a password, beside the loop if that takes long.
func matches(x *web.Exchange, hash string, password []byte) (ok bool) {
	if !crypt.Slow(hash) {
		return crypt.Matches(hash, password)
	}
	x.Task.Offload(func() { ok = crypt.Matches(hash, password) })
	return ok
}

var authenticate = []byte("WWW-Authenticate")

func ask(x *web.Exchange, realm []byte) web.Result {
	st := x.VarState()
	b := append(append(append(st.Scratch(), "Basic realm=\""...), realm...), '"')
	x.Out.Add(http1.HdrWWWAuthenticate, authenticate, st.Keep(b))
	st.PutScratch(b)
	return 401
}

// find reads the user's line; a result other than Declined ends the request.
func find(x *web.Exchange, name string, user []byte) (hash string, found bool, res web.Result) {
	f, err := os.Open(name)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			x.Errorf(errlog.Error, "open() \"%s\" failed (%s)", name, web.ErrnoText(err))
			return "", false, 403
		}
		x.Errorf(errlog.Crit, "open() \"%s\" failed (%s)", name, web.ErrnoText(err))
		return "", false, 500
	}
	defer f.Close()
	buf := x.Loop().Buf()
	defer x.Loop().PutBuf(buf)
	have := 0
	for {
		n, err := f.Read(buf[have:])
		have += n
		last := err == io.EOF
		if err != nil && !last {
			x.Errorf(errlog.Crit, "pread() \"%s\" failed (%s)", name, web.ErrnoText(err))
			return "", false, 500
		}
		rest := buf[:have]
		for len(rest) > 0 {
			end := bytes.IndexByte(rest, '\n')
			if end < 0 {
				if !last && len(rest) < len(buf) {
					break
				}
				end = len(rest)
			}
			if hash, found = entry(rest[:end], user); found {
				return hash, true, web.Declined
			}
			rest = rest[min(end+1, len(rest)):]
		}
		if last {
			return "", false, web.Declined
		}
		have = copy(buf, rest)
	}
}

// entry gives the hash out of a line if it is the user's.
func entry(line, user []byte) (hash string, ok bool) {
	rest, ok := bytes.CutPrefix(line, user)
	if !ok || len(rest) == 0 || rest[0] != ':' || line[0] == '#' || line[0] == '\r' {
		return "", false
	}
	rest = rest[1:]
	if i := bytes.IndexAny(rest, ":\r\x00"); i >= 0 { // nginx's texts end at a NUL
		rest = rest[:i]
	}
	return string(rest), true
}
