// Package tryfiles is nginx's ngx_http_try_files_module: the first file that is there, or a last resort.
package tryfiles

import (
	"bytes"
	"strconv"
	"strings"

	"understudy/config"
	"understudy/errlog"
	"understudy/vars"
	"understudy/web"
)

// Settings of ngx_http_try_files_module. try_files belongs to its own block only.
type Settings struct {
	TryFiles tries `nginx:"try_files" in:"server location" args:"2+"`
}

var conf = config.Declare[Settings]("ngx_http_try_files_module")

// Module is ngx_http_try_files_module.
var Module = &web.Module{Settings: conf, Compile: func(l *web.Location) error {
	if t := &conf.Of(l.Block).TryFiles; t.block == l.Block {
		l.On(web.PhasePrecontent, t.handle)
	}
	return nil
}}

// tries are the arguments of `try_files FILE … URI | =CODE`.
type tries struct {
	block *config.Block
	files []try
	last  *vars.Value // the URI or @name, unless there is a code
	code  web.Result
}

type try struct {
	name *vars.Value
	dir  bool // a directory is looked for
}

func (o *tries) Parse(c *config.Call) error {
	if o.block != nil {
		return c.Duplicate()
	}
	o.block = c.Block
	n := len(c.Args) - 1
	for _, arg := range c.Args[:n] {
		name, dir := strings.CutSuffix(arg, "/")
		value, err := vars.Compile(c, name)
		if err != nil {
			return err
		}
		o.files = append(o.files, try{value, dir})
	}
	if code, ok := strings.CutPrefix(c.Args[n], "="); ok {
		status, err := strconv.ParseUint(code, 10, 16)
		if err != nil || status > 999 {
			return c.Errorf("invalid code \"%s\"", c.Args[n])
		}
		if o.code = web.Result(status); o.code != 0 { // no code: "=0" is a URI then
			return nil
		}
	}
	var err error
	o.last, err = vars.Compile(c, c.Args[n])
	return err
}

// handle is the precontent handler: the URI becomes that of the first file there is.
func (o *tries) handle(x *web.Exchange) web.Result {
	st := x.VarState()
	path, name := st.Scratch(), st.Scratch()
	defer func() {
		st.PutScratch(path)
		st.PutScratch(name)
	}()
	path, ok := x.FileRoot(path)
	if !ok {
		return 500
	}
	root := len(path)
	prefix := x.AliasPrefix()
	for _, f := range o.files {
		name = f.name.Append(name[:0], x)
		file := name
		if underAlias(x, f.name, name) {
			file = name[prefix:]
		}
		path = append(path[:root], file...)
		info, err := x.Stat(path)
		if err != nil {
			if !web.Missing(err) {
				x.Errorf(errlog.Crit, "%s() \"%s\" failed (%s)", x.FailedCall(), path, web.ErrnoText(err))
			}
			continue
		}
		if info.IsDir() != f.dir {
			continue
		}
		switch {
		case prefix < 0: // alias by regex stands for the whole path
			if !f.dir {
				x.SetAliased(file)
			}
		case prefix > 0:
			uri := append(append(st.Scratch(), x.URI[:min(prefix, len(x.URI))]...), file...)
			x.SetPath(uri)
			st.PutScratch(uri)
		default:
			x.SetPath(file)
		}
		return web.Declined
	}
	if o.last == nil {
		return o.code
	}
	name = o.last.Append(name[:0], x)
	if len(name) > 0 && name[0] == '@' {
		return x.RedirectNamed(string(name))
	}
	uri, args := name, []byte{} // $args is empty from here on, rather than not there
	if i := bytes.IndexByte(name, '?'); i >= 0 {
		uri, args = name[:i], name[i+1:]
	}
	if underAlias(x, o.last, uri) {
		uri = uri[x.AliasPrefix():] // nginx cuts the location's name off here too
	}
	return x.Redirect(uri, args)
}

// underAlias says that name begins with the location's, which stands for the directory of its alias. What is
// configured without variables is a name within that directory, or a whole URI, as it stands.
func underAlias(x *web.Exchange, v *vars.Value, name []byte) bool {
	if _, static := v.Static(); static {
		return false
	}
	prefix := x.AliasPrefix()
	return prefix > 0 && len(x.URI) >= prefix && bytes.HasPrefix(name, x.URI[:prefix])
}

// Inherit: try_files does not reach inner blocks.
func (o *tries) Inherit(config.Option) {}
