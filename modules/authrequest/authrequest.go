// Package authrequest is nginx's ngx_http_auth_request_module: a request is let in if another location of the server says so.
package authrequest

import (
	"strings"

	"understudy/config"
	"understudy/errlog"
	"understudy/http1"
	"understudy/vars"
	"understudy/web"
)

// Settings of ngx_http_auth_request_module.
type Settings struct {
	// URI is where to ask; "off" or nothing asks nobody.
	URI config.String `nginx:"auth_request" in:"http server location"`
	// Set puts what the subrequest knows into variables: `auth_request_set $NAME VALUE`.
	Set assignments `nginx:"auth_request_set" in:"http server location" args:"2"`
}

var conf = config.Declare[Settings]("ngx_http_auth_request_module")

// Module is ngx_http_auth_request_module.
var Module = &web.Module{Settings: conf, Compile: func(l *web.Location) error {
	s := conf.Of(l.Block)
	if uri := s.URI.S(); uri != "" && uri != "off" {
		h := &handler{uri: []byte(uri), set: s.Set.list}
		l.On(web.PhaseAccess, h.ask)
	}
	return nil
}}

// assignments are the auth_request_set of a block, inherited whole or not at all.
type assignments struct{ list []assignment }

type assignment struct {
	variable *vars.Variable
	value    *vars.Value
}

func (o *assignments) Parse(c *config.Call) error {
	name, ok := strings.CutPrefix(c.Args[0], "$")
	if !ok {
		return c.Errorf(`invalid variable name "%s"`, c.Args[0])
	}
	table := vars.TableOf(c.Block)
	if err := table.Add(vars.Def{Name: name, Get: unset, Cached: true, Changeable: true, Weak: true}); err != nil {
		return c.Errorf("%s", err)
	}
	value, err := vars.Compile(c, c.Args[1])
	if err != nil {
		return err
	}
	o.list = append(o.list, assignment{table.Ref(name), value})
	return nil
}

// Inherit implements config.Inheriting.
func (o *assignments) Inherit(parent config.Option) {
	if o.list == nil {
		o.list = parent.(*assignments).list
	}
}

func unset(_ vars.Subject, dst []byte) ([]byte, bool) { return dst, false }

type handler struct {
	uri []byte
	set []assignment
}

// ask makes the subrequest and does as it says (ngx_http_auth_request_handler).
func (h *handler) ask(x *web.Exchange) web.Result {
	sub := x.Subrequest(h.uri, nil, web.SubOptions{StatusOnly: true})
	if sub == nil {
		return 500
	}
	defer sub.Release()
	if x.Broken() {
		return web.Aborted
	}
	st := x.VarState()
	for i := range h.set {
		a := &h.set[i]
		value := a.value.Append(st.Scratch(), sub)
		a.variable.Set(x, value)
		st.PutScratch(value)
	}
	switch status := sub.Status(); {
	case status == 403:
		return 403
	case status == 401:
		for _, field := range sub.Out.Headers {
			if field.ID == http1.HdrWWWAuthenticate {
				x.Out.Add(field.ID, st.Keep(field.Name), st.Keep(field.Value))
			}
		}
		return 401
	case status >= 200 && status < 300:
		return web.Allowed
	default:
		x.Errorf(errlog.Error, "auth request unexpected status: %d", status)
		return 500
	}
}
