package web

import (
	"path/filepath"

	"understudy/errlog"
	"understudy/http1"
)

// AppendPath appends the file name that the exchange's URI stands for under root or alias (ngx_http_map_uri_to_path).
func (x *Exchange) AppendPath(dst []byte) []byte {
	l := x.Location
	dst = x.AppendRoot(dst)
	if l.root.alias {
		if l.root.prefix < 0 {
			if x.aliased {
				dst = append(dst, x.URI...)
			}
			return dst
		}
		return append(dst, x.URI[min(l.root.prefix, len(x.URI)):]...)
	}
	return append(dst, x.URI...)
}

// AppendRoot appends root or alias as it stands for this exchange.
func (x *Exchange) AppendRoot(dst []byte) []byte {
	r := &x.Location.root
	if r.value == nil {
		return append(dst, r.fixed...)
	}
	start := len(dst)
	dst = r.value.Append(dst, x)
	if len(dst) == start || dst[start] != '/' {
		// variables gave a relative path, or none: it is below the prefix
		rel := string(dst[start:])
		dst = append(append(dst[:start], x.Site.prefix...), rel...)
	}
	return dst
}

// appendRealRoot appends root or alias with its symbolic links resolved; false, and a line in the log, if there is no such directory.
func (x *Exchange) appendRealRoot(dst []byte) ([]byte, bool) {
	root := string(x.AppendRoot(nil))
	path, err := filepath.EvalSymlinks(root)
	if err != nil {
		x.Errorf(errlog.Crit, "%s", errlog.AppendErrno([]byte(`realpath() "`+root+`" failed`), err))
		return dst, false
	}
	return append(dst, path...), true
}

// ToSlash redirects the client to a URI that ends in a slash, with the arguments of its request.
func (x *Exchange) ToSlash(uri []byte) Result {
	st := x.VarState()
	b := http1.EscapeURI(st.Scratch(), uri, http1.EscapeURIPath)
	if len(x.Args) > 0 {
		b = append(append(b, '?'), x.Args...)
	}
	x.Out.Location = st.Keep(b) // the pages of the redirect have their own URIs
	st.PutScratch(b)
	return statusMovedPermanently
}

// AliasPrefix is how much of the URI an alias stands for: 0 under root, -1 for all of it.
func (x *Exchange) AliasPrefix() int {
	if r := &x.Location.root; r.alias {
		return r.prefix
	}
	return 0
}

// SetPath replaces the path alone (try_files): arguments, and what is passed on unchanged, stay.
func (x *Exchange) SetPath(uri []byte) {
	unparsed := x.unparsed
	x.SetURI(uri, x.Args)
	x.unparsed = unparsed
}

// SetAliased makes uri what an alias by regex goes on with.
func (x *Exchange) SetAliased(uri []byte) {
	x.SetPath(uri)
	x.aliased = true
}
