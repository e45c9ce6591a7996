package web

import (
	"strings"

	"understudy/config"
	"understudy/http1"
)

// limitExceptOption is `limit_except METHOD … { … }`: a location of its own for all other methods.
type limitExceptOption struct{ set bool }

// limitExcept is the compiled block of a location.
type limitExcept struct {
	except http1.Method // methods that the location itself serves
	l      *Location
}

// exceptKey holds, on a limit_except block, the methods that it does not apply to.
var exceptKey = config.NewKey[http1.Method]("web.limit_except")

func (o *limitExceptOption) Parse(c *config.Call) error {
	if o.set {
		return c.Duplicate()
	}
	o.set = true
	var except http1.Method
	for _, name := range c.Args {
		m := http1.MethodOf([]byte(strings.ToUpper(name)))
		if m == http1.MethodUnknown || m == http1.MethodTrace || m == http1.MethodConnect {
			return c.Errorf("invalid method \"%s\"", name)
		}
		if m == http1.MethodGet {
			m |= http1.MethodHead
		}
		except |= m
	}
	_, err := c.Enter(config.LimitExcept, func(b *config.Block) { config.Attach(b, exceptKey, except) })
	return err
}

// Inherit: the block belongs to its own location only.
func (o *limitExceptOption) Inherit(config.Option) {}

// pick gives the block's location for a method that the location does not serve itself.
func (lim *limitExcept) pick(x *Exchange, l *Location) *Location {
	if lim.except&x.Method != 0 {
		return l
	}
	return lim.l
}
