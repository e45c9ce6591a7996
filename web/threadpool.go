package web

import (
	"strings"

	"understudy/config"
	"understudy/parser"
	"understudy/vars"
)

// ThreadPools is `thread_pool`: the pools that `aio threads` may name (ngx_thread_pool_module). They are checked, and without effect.
type ThreadPools struct{}

// Parse implements config.Option.
func (*ThreadPools) Parse(c *config.Call) error {
	pool := findThreadPool(c, c.Args[0])
	if pool.threads > 0 {
		return c.Errorf(`duplicate thread pool "%s"`, c.Args[0])
	}
	for _, arg := range c.Args[1:] {
		if text, is := strings.CutPrefix(arg, "threads="); is {
			n, ok := config.ParseNumber(text)
			if !ok || n == 0 {
				return c.Errorf(`invalid threads value "%s"`, arg)
			}
			pool.threads = n
		} else if text, is := strings.CutPrefix(arg, "max_queue="); is {
			if _, ok := config.ParseNumber(text); !ok {
				return c.Errorf(`invalid max_queue value "%s"`, arg)
			}
		}
	}
	if pool.threads == 0 {
		return c.Errorf(`"%s" must have "threads" parameter`, c.Name)
	}
	return nil
}

// threadPool is a pool that the configuration speaks of; threads is 0 until thread_pool gives their number.
type threadPool struct {
	name    string
	threads int64
	unknown *parser.Error // what is to be said if nothing does; nil for the pool that nginx has anyway
}

// threadPools are those of one configuration.
type threadPools struct{ list []*threadPool }

var threadPoolsKey = config.NewKey[*threadPools]("thread pools")

const defaultThreadPool = "default"

// findThreadPool finds or makes the pool of that name.
func findThreadPool(c *config.Call, name string) *threadPool {
	main := c.Block.Up(config.Main)
	pools, ok := config.Lookup(main, threadPoolsKey)
	if !ok {
		pools = &threadPools{}
		config.Attach(main, threadPoolsKey, pools)
		c.Conf.OnLoaded(pools.check)
	}
	for _, p := range pools.list {
		if p.name == name {
			return p
		}
	}
	p := &threadPool{name: name}
	if name != defaultThreadPool {
		p.unknown = c.Directive.Error(parser.Emerg, `unknown thread pool "`+name+`"`)
	}
	pools.list = append(pools.list, p)
	return p
}

// check finds a pool that aio names and thread_pool does not.
func (t *threadPools) check() error {
	for _, p := range t.list {
		if p.threads == 0 && p.unknown != nil {
			return p.unknown
		}
	}
	return nil
}

// ignoredAIO is `aio on | off | threads[=POOL]`, checked and without effect.
type ignoredAIO struct{ seen bool }

func (o *ignoredAIO) Parse(c *config.Call) error {
	if o.seen {
		return c.Duplicate()
	}
	o.seen = true
	name, named := strings.CutPrefix(c.Args[0], "threads=")
	switch {
	case named:
		v, err := vars.Compile(c, name)
		if err != nil {
			return err
		}
		if _, static := v.Static(); static {
			findThreadPool(c, name)
		}
		return nil
	case c.Args[0] == "on", c.Args[0] == "off", c.Args[0] == "threads":
		return nil
	default:
		return c.Errorf(`"aio" directive invalid value`)
	}
}
