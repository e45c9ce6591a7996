// Package splitclients is nginx's ngx_http_split_clients_module: a variable that has each of several values for a share of all
// texts, the same one for the same text.
package splitclients

import (
	"encoding/binary"
	"strings"

	"understudy/config"
	"understudy/parser"
	"understudy/vars"
)

// Settings of ngx_http_split_clients_module.
type Settings struct {
	// Split makes a variable: `split_clients TEXT $NAME { PERCENT% VALUE; … * VALUE; }`.
	Split Option `nginx:"split_clients" in:"http" args:"2" block:"yes"`
}

// Conf declares the module's directives.
var Conf = config.Declare[Settings]("ngx_http_split_clients_module")

// Option is the directive `split_clients`.
type Option struct{}

// split is one split_clients block.
type split struct {
	source *vars.Value
	parts  []part
}

type part struct {
	share int64  // hundredths of a percent; 0 = the rest
	below uint32 // hashes below this one have the value
	value []byte
}

// all is a hundred percent.
const all = 10000

// Parse implements config.Option.
func (*Option) Parse(c *config.Call) error {
	source, err := vars.Compile(c, c.Args[0])
	if err != nil {
		return err
	}
	name, ok := strings.CutPrefix(c.Args[1], "$")
	if !ok {
		return c.Errorf(`invalid variable name "%s"`, c.Args[1])
	}
	s := &split{source: source}
	if err := vars.TableOf(c.Block).Add(vars.Def{Name: name, Get: s.append, Cached: true, Changeable: true}); err != nil {
		return c.Errorf("%s", err)
	}
	if err := c.Body(s.line); err != nil {
		return err
	}
	sum := int64(0)
	last := uint32(0)
	for i := range s.parts {
		p := &s.parts[i]
		if p.share == 0 {
			sum = all
		} else {
			sum += p.share
		}
		if sum > all {
			return c.Errorf("percent total is greater than 100%%")
		}
		if sum == all {
			p.share = 0
		}
		last += uint32(uint64(p.share) * 0xffffffff / all)
		p.below = last
	}
	return nil
}

func (s *split) line(d *parser.Directive) error {
	if d.IsBlock {
		return d.Error(parser.Emerg, `unexpected "{"`)
	}
	p := part{}
	if d.Name != "*" {
		text, ok := strings.CutSuffix(d.Name, "%")
		if ok {
			p.share, ok = hundredths(text)
		}
		if !ok || p.share == 0 {
			return d.Error(parser.Emerg, `invalid percent value "`+d.Name+`"`)
		}
	}
	if len(d.Args) == 0 {
		return d.Error(parser.Emerg, `no value for "`+d.Name+`"`)
	}
	p.value = []byte(d.Args[0])
	s.parts = append(s.parts, p)
	return nil
}

// hundredths reads a number with at most two decimals (ngx_atofp).
func hundredths(text string) (int64, bool) {
	if text == "" {
		return 0, false
	}
	n, decimals, dot := int64(0), 0, false
	for _, c := range []byte(text) {
		switch {
		case c == '.' && !dot:
			dot = true
		case c < '0' || c > '9' || decimals == 2 || n > 1e15:
			return 0, false
		default:
			n = n*10 + int64(c-'0')
			if dot {
				decimals++
			}
		}
	}
	for ; decimals < 2; decimals++ {
		n *= 10
	}
	return n, true
}

// append is the variable's getter.
func (s *split) append(subject vars.Subject, dst []byte) ([]byte, bool) {
	at := len(dst)
	dst = s.source.Append(dst, subject)
	hash := murmur(dst[at:])
	dst = dst[:at]
	for i := range s.parts {
		if p := &s.parts[i]; p.share == 0 || hash < p.below {
			return append(dst, p.value...), true
		}
	}
	return dst, true
}

// murmur is MurmurHash2 with seed 0, as nginx has it.
func murmur(b []byte) uint32 {
	const m = 0x5bd1e995
	h := uint32(len(b))
	for ; len(b) >= 4; b = b[4:] {
		k := binary.LittleEndian.Uint32(b) * m
		k = (k ^ k>>24) * m
		h = h*m ^ k
	}
	for i := len(b) - 1; i >= 0; i-- {
		h ^= uint32(b[i]) << (8 * i)
	}
	if len(b) > 0 {
		h *= m
	}
	h = (h ^ h>>13) * m
	return h ^ h>>15
}
