// Package autoindex is nginx's ngx_http_autoindex_module: lists of what is in a directory.
package autoindex

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"slices"
	"syscall"

	"understudy/ascii"
	"understudy/config"
	"understudy/errlog"
	"understudy/http1"
	"understudy/web"
)

// Settings of ngx_http_autoindex_module.
type Settings struct {
	On config.Flag `nginx:"autoindex" in:"http server location" default:"off"`
	// Format is how the list is written.
	Format config.Enum `nginx:"autoindex_format" in:"http server location" enum:"html json jsonp xml" default:"html"`
	// LocalTime shows times of the local zone in HTML, else UTC.
	LocalTime config.Flag `nginx:"autoindex_localtime" in:"http server location" default:"off"`
	// ExactSize shows bytes in HTML, else K, M and G.
	ExactSize config.Flag `nginx:"autoindex_exact_size" in:"http server location" default:"on"`
}

var conf = config.Declare[Settings]("ngx_http_autoindex_module")

// Module is ngx_http_autoindex_module.
var Module = &web.Module{Settings: conf, Compile: func(l *web.Location) error {
	if s := conf.Of(l.Block); s.On.On() {
		l.On(web.PhaseContent, func(x *web.Exchange) web.Result { return list(x, s) })
	}
	return nil
}}

// entry is what a list says of a file.
type entry struct {
	name      string
	dir, file bool
	modified  int64 // Unix seconds
	size      int64
}

var (
	typeHTML       = []byte("text/html")
	typeJSON       = []byte("application/json")
	typeJavaScript = []byte("application/javascript")
	typeXML        = []byte("text/xml; charset=utf-8")
)

// list answers with the list of the directory that the URI stands for.
func list(x *web.Exchange, s *Settings) web.Result {
	if !x.OnDirectory() || x.Method&(http1.MethodGet|http1.MethodHead) == 0 {
		return web.Declined
	}
	if res := x.Discard(); res != web.Declined {
		return res
	}
	st := x.VarState()
	path, ok := x.FilePath(st.Scratch())
	name := string(path)
	st.PutScratch(path)
	if !ok {
		return 500
	}
	if len(name) > 1 {
		name = name[:len(name)-1]
	}
	format := s.Format.String()
	var callback []byte
	if format == "jsonp" {
		if callback, ok = callbackOf(x); !ok {
			return 400
		}
		if len(callback) == 0 {
			format = "json"
		}
	}
	dir, err := openDir(name)
	if err != nil {
		return x.DirError(name, err)
	}
	defer dir.Close()
	x.Out.Status = 200
	switch format {
	case "json":
		x.Out.ContentType = typeJSON
	case "jsonp":
		x.Out.ContentType = typeJavaScript
	case "xml":
		x.Out.ContentType = typeXML
	default:
		x.Out.ContentType = typeHTML
	}
	if x.SendHead() != nil {
		return web.Aborted
	}
	if x.HeaderOnly() {
		return end(x)
	}
	entries, ok := read(x, dir, name)
	if !ok {
		return web.Aborted
	}
	var body []byte
	switch format {
	case "json", "jsonp":
		body = appendJSON(body, entries, callback)
	case "xml":
		body = appendXML(body, entries)
	default:
		body = s.page(x.URI, entries, isUTF8(x.Out.ContentType)).append(body)
	}
	if x.Write(body) != nil {
		return web.Aborted
	}
	return end(x)
}

func end(x *web.Exchange) web.Result {
	if x.End() != nil {
		return web.Aborted
	}
	return web.Done
}

// read gives what is in the directory but for hidden files, directories first.
func read(x *web.Exchange, dir *os.File, path string) (entries []entry, ok bool) {
	names, err := dir.Readdirnames(-1)
	if err != nil {
		x.Errorf(errlog.Crit, "readdir() \"%s\" failed (%s)", path, web.ErrnoText(err))
		return nil, false
	}
	for _, name := range names {
		if name[0] == '.' {
			continue
		}
		full := path + "/" + name
		info, err := os.Stat(full)
		if err != nil && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ELOOP)) {
			if info, err = os.Lstat(full); err != nil {
				x.Errorf(errlog.Crit, "lstat() \"%s\" failed (%s)", full, web.ErrnoText(err))
				return nil, false
			}
		}
		if err != nil {
			x.Errorf(errlog.Crit, "stat() \"%s\" failed (%s)", full, web.ErrnoText(err))
			if errors.Is(err, fs.ErrPermission) {
				continue
			}
			return nil, false
		}
		entries = append(entries, entry{name, info.IsDir(), info.Mode().IsRegular(), info.ModTime().Unix(), info.Size()})
	}
	slices.SortFunc(entries, func(a, b entry) int {
		switch {
		case a.dir && !b.dir:
			return -1
		case !a.dir && b.dir:
			return 1
		case a.name < b.name:
			return -1
		}
		return 1
	})
	return entries, true
}

// maxCallback is how long the name of a JSONP callback may be.
const maxCallback = 128

// callbackOf gives the argument "callback", none being empty; false for what is no name of a function.
func callbackOf(x *web.Exchange) ([]byte, bool) {
	name, _ := x.Argument("callback")
	if len(name) > maxCallback {
		x.Errorf(errlog.Info, "client sent too long callback name: \"%s\"", name)
		return nil, false
	}
	for _, c := range name {
		if low := c | 0x20; low >= 'a' && low <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '.' {
			continue
		}
		x.Errorf(errlog.Info, "client sent invalid callback name: \"%s\"", name)
		return nil, false
	}
	return name, true
}

// isUTF8 tells whether the answer says that it is UTF-8, so that names are cut between characters.
func isUTF8(contentType []byte) bool {
	i := bytes.LastIndexByte(contentType, '=')
	return i >= 0 && ascii.EqualFold(contentType[i+1:], "utf-8")
}
