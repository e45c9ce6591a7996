// Options whose values nginx checks and Understudy does without: priority, affinity, thread pools, engines.

package core

import (
	"strings"

	"understudy/config"
	"understudy/parser"
)

func systemError(err error) string { return parser.SystemError(err) }

// Env collects `env NAME` and `env NAME=VALUE`.
type Env struct{ list []string }

// All gives the arguments in order.
func (e *Env) All() []string { return e.list }

// Parse implements config.Option.
func (e *Env) Parse(c *config.Call) error {
	e.list = append(e.list, c.Args[0])
	return nil
}

// priority is worker_priority: a number with an optional sign.
type priority struct{ n int64 }

func (p *priority) Parse(c *config.Call) error {
	if p.n != 0 {
		return c.Duplicate()
	}
	text, minus := c.Args[0], false
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		text, minus = rest, true
	} else if rest, ok := strings.CutPrefix(text, "+"); ok {
		text = rest
	}
	n, ok := config.ParseNumber(text)
	if !ok {
		return c.Errorf(`"%s" directive invalid number`, c.Name)
	}
	if p.n = n; minus {
		p.n = -n
	}
	return nil
}

// affinity is worker_cpu_affinity: masks of zeros and ones, or auto with an optional mask.
type affinity struct {
	auto  bool
	masks []string
}

// maxCPUs is how many the system's CPU set holds.
const maxCPUs = 1024

func (a *affinity) Parse(c *config.Call) error {
	if a.masks != nil {
		return c.Duplicate()
	}
	masks := c.Args
	if masks[0] == "auto" {
		if len(masks) > 2 {
			return c.Arguments()
		}
		a.auto = true
		masks = masks[1:]
	}
	for _, m := range masks {
		if len(m) > maxCPUs {
			return c.Errorf(`"worker_cpu_affinity" supports up to %d CPUs only`, maxCPUs)
		}
		for i := len(m) - 1; i >= 0; i-- {
			if ch := m[i]; ch != ' ' && ch != '0' && ch != '1' {
				return c.Errorf(`invalid character "%s" in "worker_cpu_affinity"`, m[i:i+1])
			}
		}
	}
	a.masks = c.Args
	return nil
}

// sslEngine refuses engines with the words of an nginx whose library has none.
type sslEngine struct{}

func (*sslEngine) Parse(c *config.Call) error {
	hint := "the TLS library used here has no engines; remove the line"
	return c.Errore(hint, `"%s" directive is not supported`, c.Name)
}
