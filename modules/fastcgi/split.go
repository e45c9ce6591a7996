package fastcgi

import (
	"bytes"

	"understudy/config"
	"understudy/vars"
	"understudy/web"
)

// splitOption is `fastcgi_split_path_info REGEX`: its first group is the script, its second the path behind it.
type splitOption struct{ regex *vars.Regex }

func (o *splitOption) Parse(c *config.Call) error {
	regex, err := vars.TableOf(c.Block).Regex(c.Args[0], false)
	if err != nil {
		return c.Errorf("%s", err)
	}
	if regex.Groups() != 2 {
		return c.Errorf("pattern \"%s\" must have 2 captures", c.Args[0])
	}
	o.regex = regex
	return nil
}

func (o *splitOption) Inherit(parent config.Option) {
	if o.regex == nil {
		o.regex = parent.(*splitOption).regex
	}
}

// split is how a request's URI was split last.
type split struct {
	regex        *vars.Regex
	uri          []byte
	script, path [2]int32
	failed       [2]bool // the URI could not be matched when the variable was asked for: it is not tried again
}

// The variables that a split gives.
const (
	scriptName = iota
	pathInfo
)

var splits = web.NewSlot[split]()

// splitURI gives script and path of the request; without a match all of the URI is the script. Neither is there (false) if the URI
// cannot be matched.
func splitURI(x *web.Exchange, s *Settings, asked int) (script, path []byte, ok bool) {
	regex := s.SplitPathInfo.regex
	if regex == nil {
		return x.URI, nil, true
	}
	sp, known := splits.Have(x)
	if !known {
		sp = splits.Of(x)
		sp.failed = [2]bool{}
	}
	if sp.failed[asked] {
		return nil, nil, false
	}
	if !known || sp.regex != regex || !bytes.Equal(sp.uri, x.URI) {
		spans, err := regex.Find(x, x.URI)
		if err != nil {
			sp.regex, sp.failed[asked] = nil, true
			return nil, nil, false
		}
		sp.regex, sp.uri = regex, append(sp.uri[:0], x.URI...)
		sp.script, sp.path = [2]int32{0, int32(len(sp.uri))}, [2]int32{}
		if len(spans) >= 6 {
			sp.script, sp.path = group(spans, 1), group(spans, 2)
		}
	}
	return sp.uri[sp.script[0]:sp.script[1]], sp.uri[sp.path[0]:sp.path[1]], true
}

// group is where a group has matched; one that took no part is empty.
func group(spans []int32, n int) [2]int32 {
	if spans[2*n] < 0 {
		return [2]int32{}
	}
	return [2]int32{spans[2*n], spans[2*n+1]}
}

var variables = []vars.Def{
	web.Var("fastcgi_script_name", func(x *web.Exchange, dst []byte) ([]byte, bool) {
		s := conf.Of(x.Location.Block)
		script, _, ok := splitURI(x, s, scriptName)
		if !ok {
			return dst, false
		}
		dst = append(dst, script...)
		if n := len(script); n > 0 && script[n-1] == '/' {
			dst = append(dst, s.Index.S()...)
		}
		return dst, true
	}),
	web.Var("fastcgi_path_info", func(x *web.Exchange, dst []byte) ([]byte, bool) {
		_, path, ok := splitURI(x, conf.Of(x.Location.Block), pathInfo)
		return append(dst, path...), ok
	}),
}
