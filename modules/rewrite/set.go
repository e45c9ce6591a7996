package rewrite

import (
	"strings"

	"understudy/ascii"
	"understudy/config"
	"understudy/errlog"
	"understudy/vars"
	"understudy/web"
)

// setOption is `set $NAME VALUE`.
type setOption struct{}

func (setOption) Parse(c *config.Call) error {
	name, ok := strings.CutPrefix(c.Args[0], "$")
	if !ok {
		return c.Errorf(`invalid variable name "%s"`, c.Args[0])
	}
	if err := table(c).Add(vars.Def{Name: name, Get: uninitialized(name), Cached: true, Changeable: true, Weak: true}); err != nil {
		return c.Errorf("%s", err)
	}
	variable := table(c).Ref(name)
	value, err := newScript(c, c.Args[1], false)
	if err != nil {
		return err
	}
	programOf(c.Block).add(&assignment{variable, value})
	return nil
}

// uninitialized reads a variable that no `set` has reached yet.
func uninitialized(name string) vars.Getter {
	name = ascii.ToLower(name)
	return func(s vars.Subject, dst []byte) ([]byte, bool) {
		x := s.(*web.Exchange)
		if x.Location != nil && Conf.Of(x.Location.Block).Warn.On() {
			x.Errorf(errlog.Warn, "using uninitialized \"%s\" variable", name)
		}
		return dst, true
	}
}

type assignment struct {
	variable *vars.Variable
	value    *script
}

func (a *assignment) run(e *engine, x *web.Exchange, at int) int {
	e.buf, _ = a.value.append(e, x, e.buf[:0])
	a.variable.Set(x, e.buf)
	return at + 1
}
