package vserver

import (
	"os"
	"slices"
	"strings"

	"understudy/ascii"
	"understudy/config"
	"understudy/vars"
)

// Names is `server_name`.
type Names struct{ list []Name }

// Name is one name of a server.
type Name struct {
	Text  string // lower-cased; a regex without its "~"
	Regex *vars.Regex
}

// All gives the names in order.
func (o *Names) All() []Name { return o.list }

func (o *Names) Parse(c *config.Call) error {
	for _, name := range c.Args {
		if name != "" && (name[0] == '*' && (len(name) < 3 || name[1] != '.') || name[0] == '.' && len(name) < 2) {
			return c.Errorf("server name \"%s\" is invalid", name)
		}
		if strings.Contains(name, "/") {
			c.Warnf("server name \"%s\" has suspicious symbols", name)
		}
		if ascii.ToLower(name) == "$hostname" {
			host, err := os.Hostname()
			if err != nil {
				return c.Errorf("gethostname() failed (%s)", err)
			}
			name = host
		}
		if name == "" || name[0] != '~' {
			o.list = append(o.list, Name{Text: ascii.ToLower(name)})
			continue
		}
		if len(name) == 1 {
			return c.Errorf("empty regex in server name \"%s\"", name)
		}
		// a regex with capital letters is matched without regard to case, since Host is lower-cased
		caseless := ascii.ToLower(name) != name
		re, err := vars.TableOf(c.Block).Regex(name[1:], caseless)
		if err != nil {
			return c.Errorf("%s", err)
		}
		o.list = append(o.list, Name{Text: name[1:], Regex: re})
	}
	return nil
}

// Captures tells that a regex among the names captures something.
func (o *Names) Captures() bool {
	return slices.ContainsFunc(o.list, func(n Name) bool { return n.Regex != nil && n.Regex.Groups() > 0 })
}

// First is the server's own name, as $server_name gives it.
func (o *Names) First() string {
	if len(o.list) == 0 {
		return ""
	}
	if n := o.list[0]; n.Regex == nil {
		if rest, ok := strings.CutPrefix(n.Text, "."); ok {
			return rest
		}
		return n.Text
	}
	return "~" + o.list[0].Text
}
