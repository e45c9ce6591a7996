// Package rewrite is nginx's ngx_http_rewrite_module: rewrite, return, set, if and break. The directives of a server or of a
// location, those of its if blocks included, form one program, which runs in file order.
package rewrite

import (
	"understudy/config"
	"understudy/vars"
	"understudy/web"
)

// Settings of ngx_http_rewrite_module.
type Settings struct {
	// Rewrite changes the URI, or redirects: `rewrite REGEX REPLACEMENT [last|break|redirect|permanent]`.
	Rewrite ruleOption `nginx:"rewrite" in:"server server-if location if" args:"2-3"`
	// Return answers: `return CODE [TEXT|URL]` or `return URL`.
	Return returnOption `nginx:"return" in:"server server-if location if" args:"1-2"`
	// Break ends the program.
	Break breakOption `nginx:"break" in:"server server-if location if" args:"0"`
	// If runs its block, and puts its settings in force, when the condition is true.
	If ifOption `nginx:"if" in:"server location" args:"1+" block:"yes"`
	// Set gives a variable a value: `set $NAME VALUE`.
	Set setOption `nginx:"set" in:"server server-if location if" args:"2"`
	// Log writes what rewrite does to the error log, at level notice.
	Log config.Flag `nginx:"rewrite_log" in:"http server server-if location if" default:"off"`
	// Warn logs the use of variables that have no value yet.
	Warn config.Flag `nginx:"uninitialized_variable_warn" in:"http server server-if location if" default:"on"`

	program *program
}

// Conf declares the module's directives.
var Conf = config.Declare[Settings]("ngx_http_rewrite_module")

// Module is ngx_http_rewrite_module.
var Module = &web.Module{Settings: Conf, Compile: compile, Start: bind}

// program is what a server or a location does, in file order.
type program struct {
	block *config.Block
	steps []step
}

// A step does its part and says which step comes next; end leaves the program.
type step interface {
	run(e *engine, x *web.Exchange, at int) (next int)
}

const end = -1

// programOf gives, while the configuration is read, the program that a directive in b belongs to: an if block's is the one of
// the block around it.
func programOf(b *config.Block) *program {
	if b.Kind == config.If || b.Kind == config.ServerIf {
		b = b.Parent
	}
	s := Conf.Local(b)
	if s.program == nil {
		s.program = &program{block: b}
	}
	return s.program
}

func (p *program) add(s step) { p.steps = append(p.steps, s) }

// own gives the program of exactly this block; settings may be shared with the block around.
func own(b *config.Block) *program {
	if s := Conf.Of(b); s != nil && s.program != nil && s.program.block == b {
		return s.program
	}
	return nil
}

func compile(l *web.Location) error {
	p := own(l.Block)
	if p == nil || len(p.steps) == 0 {
		return nil
	}
	phase := web.PhaseRewrite
	if l.IsServer() {
		phase = web.PhaseServerRewrite
	}
	log := Conf.Of(l.Block).Log.On()
	l.On(phase, func(x *web.Exchange) web.Result { return p.run(x, log) })
	return nil
}

// bind gives the if blocks their compiled locations.
func bind(s *web.Site) error {
	bindBlock(s, s.Block)
	return nil
}

func bindBlock(s *web.Site, b *config.Block) {
	if p := own(b); p != nil {
		for _, st := range p.steps {
			if c, ok := st.(*condition); ok && c.block.Kind == config.If {
				c.location = s.LocationOf(c.block)
			}
		}
	}
	for _, child := range b.Children {
		bindBlock(s, child)
	}
}

// engine is the state of a program that runs on an exchange.
type engine struct {
	log     bool
	status  web.Result
	changed bool // the URI was changed, and the location is to be looked for again
	quote   bool // captures are escaped before they are put into a text
	isArgs  bool // the text is behind the "?" of a URI
	buf     []byte
}

var engines = web.NewSlot[engine]()

func (p *program) run(x *web.Exchange, log bool) web.Result {
	e := engines.Of(x)
	*e = engine{log: log, status: web.Declined, quote: true, buf: e.buf[:0]}
	for at := 0; at >= 0 && at < len(p.steps); {
		at = p.steps[at].run(e, x, at)
	}
	if e.changed {
		x.Rewritten()
	}
	return e.status
}

// breakOption is `break`.
type breakOption struct{}

func (breakOption) Parse(c *config.Call) error {
	programOf(c.Block).add(leave{})
	return nil
}

// leave ends a program; a URI that was changed is then served by the location it is in.
type leave struct{}

func (leave) run(e *engine, x *web.Exchange, _ int) int {
	if e.changed {
		e.changed = false
		x.LeaveLocation()
	}
	return end
}

// table is the variables of the block in which a directive stands.
func table(c *config.Call) *vars.Table { return vars.TableOf(c.Block) }
