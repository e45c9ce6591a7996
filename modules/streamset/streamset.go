// Package streamset is nginx's ngx_stream_set_module: `set` gives a variable a value for the rest of the session.
package streamset

import (
	"strings"

	"understudy/config"
	"understudy/stream"
	"understudy/vars"
)

// Settings of ngx_stream_set_module.
type Settings struct {
	// Set is carried out in file order: `set $NAME VALUE`.
	Set setOption `nginx:"set" in:"stream-server" args:"2"`
}

var conf = config.Declare[Settings]("ngx_stream_set_module")

// Module is ngx_stream_set_module.
var Module = &stream.Module{Settings: conf, Compile: func(server *stream.Server) error {
	list := conf.Of(server.Block).Set.list
	if len(list) == 0 {
		return nil
	}
	server.On(stream.PhasePreaccess, func(s *stream.Session) stream.Result {
		st := s.VarState()
		for i := range list {
			value := list[i].value.Append(st.Scratch(), s)
			list[i].variable.Set(s, value)
			st.PutScratch(value)
		}
		return stream.Declined
	})
	return nil
}}

// setOption collects the `set` directives of a server.
type setOption struct{ list []assignment }

type assignment struct {
	variable *vars.Variable
	value    *vars.Value
}

// Parse implements config.Option.
func (o *setOption) Parse(c *config.Call) error {
	name, ok := strings.CutPrefix(c.Args[0], "$")
	if !ok {
		return c.Errorf(`invalid variable name "%s"`, c.Args[0])
	}
	table := vars.TableOf(c.Block)
	empty := func(_ vars.Subject, dst []byte) ([]byte, bool) { return dst, true }
	if err := table.Add(vars.Def{Name: name, Get: empty, Cached: true, Changeable: true, Weak: true}); err != nil {
		return c.Errorf("%s", err)
	}
	variable := table.Ref(name)
	value, err := vars.Compile(c, c.Args[1])
	if err != nil {
		return err
	}
	o.list = append(o.list, assignment{variable, value})
	return nil
}
