package web

import (
	"os"
	"strings"

	"understudy/config"
	"understudy/vars"
)

// serverNameOption is `server_name`.
type serverNameOption struct{ list []serverName }

type serverName struct {
	text  string // lower-cased; a regex without its "~"
	regex *vars.Regex
}

func (o *serverNameOption) Parse(c *config.Call) error {
	for _, name := range c.Args {
		if name != "" && (name[0] == '*' && (len(name) < 3 || name[1] != '.') || name[0] == '.' && len(name) < 2) {
			return c.Errorf("server name %q is invalid", name)
		}
		if strings.Contains(name, "/") {
			c.Warnf("server name %q has suspicious symbols", name)
		}
		if strings.EqualFold(name, "$hostname") {
			host, err := os.Hostname()
			if err != nil {
				return c.Errorf("gethostname() failed (%s)", err)
			}
			name = host
		}
		if name == "" || name[0] != '~' {
			o.list = append(o.list, serverName{text: strings.ToLower(name)})
			continue
		}
		if len(name) == 1 {
			return c.Errorf("empty regex in server name %q", name)
		}
		// a regex with capital letters is matched without regard to case, since Host is lower-cased
		caseless := strings.ToLower(name) != name
		re, err := vars.TableOf(c.Block).Regex(name[1:], caseless)
		if err != nil {
			return c.Errorf("%s", err)
		}
		o.list = append(o.list, serverName{text: name[1:], regex: re})
	}
	return nil
}

// first is the server's own name, as $server_name gives it.
func (o *serverNameOption) first() string {
	if len(o.list) == 0 {
		return ""
	}
	if n := o.list[0]; n.regex == nil {
		if rest, ok := strings.CutPrefix(n.text, "."); ok {
			return rest
		}
		return n.text
	}
	return "~" + o.list[0].text
}

// ServerNames gives the names of the server around b, as its `server_name` has them, and its regexes.
func ServerNames(b *config.Block) (names []string, regexes []*vars.Regex) {
	server := b.Up(config.Server)
	if server == nil {
		return nil, nil
	}
	for _, n := range core.Of(server).ServerName.list {
		if n.regex != nil {
			regexes = append(regexes, n.regex)
		} else if n.text != "" {
			names = append(names, n.text)
		}
	}
	return names, regexes
}
