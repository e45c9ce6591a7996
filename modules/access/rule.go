package access

import (
	"net/netip"

	"understudy/cidr"
	"understudy/config"
)

// forbidden is what the error log says of a denied client.
const forbidden = "access forbidden by rule"

// rule is one allow or deny.
type rule struct {
	deny bool
	all  bool
	unix bool
	net  netip.Prefix
}

// rules are those of one level, in file order.
type rules []rule

// ruleOption is `allow|deny ADDRESS|CIDR|unix:|all`.
type ruleOption struct{}

func (ruleOption) Parse(c *config.Call) error {
	r := rule{deny: c.Name == "deny"}
	switch text := c.Args[0]; text {
	case "all":
		r.all = true
	case "unix:":
		r.unix = true
	default:
		network, loose, ok := cidr.ParseNetwork(text)
		if !ok {
			return c.Errorf(`invalid parameter "%s"`, text)
		}
		if r.net = network; loose {
			c.Warnf("low address bits of %s are meaningless", text)
		}
	}
	list := rulesOf(c.Block)
	*list = append(*list, r)
	return nil
}

// rulesOf gives the rules of a block that is being read.
func rulesOf(b *config.Block) *rules {
	if b.Kind&(config.Stream|config.StreamServer) != 0 {
		return &streamConf.Local(b).rules
	}
	return &conf.Local(b).rules
}

// verdict is what the rules say of a client.
type verdict uint8

const (
	undecided verdict = iota
	allowed
	denied
)

// verdict finds the first rule for the client's address, which is not valid on a unix socket.
func (list rules) verdict(client netip.AddrPort) verdict {
	unix, addr := !client.IsValid(), client.Addr()
	mapped := addr.Is4In6()
	for i := range list {
		r := &list[i]
		switch {
		case r.all:
		case unix || r.unix:
			if !unix || !r.unix {
				continue
			}
		case !r.net.Contains(addr) && !(mapped && r.net.Contains(addr.Unmap())):
			continue
		}
		if r.deny {
			return denied
		}
		return allowed
	}
	return undecided
}
