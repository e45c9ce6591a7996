package web

import (
	"understudy/config"
	"understudy/vars"
)

// ServerNames gives the names of the server around b, as its `server_name` has them, and its regexes.
func ServerNames(b *config.Block) (names []string, regexes []*vars.Regex) {
	server := b.Up(config.Server)
	if server == nil {
		return nil, nil
	}
	for _, n := range core.Of(server).ServerName.All() {
		if n.Regex != nil {
			regexes = append(regexes, n.Regex)
		} else {
			names = append(names, n.Text)
		}
	}
	if len(names) == 0 && len(regexes) == 0 {
		names = []string{""} // a server without server_name has the empty name
	}
	return names, regexes
}
