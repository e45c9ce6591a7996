// proxy_bind: the address that connections to the peers come from.

package upstream

import (
	"errors"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"strings"

	"understudy/config"
	"understudy/errlog"
	"understudy/reactor"
	"understudy/vars"
)

// Bind is `proxy_bind ADDRESS [transparent] | off` (ngx_http_upstream_bind_set_slot).
type Bind struct {
	set         bool
	addr        netip.AddrPort // port 0 = any
	value       *vars.Value    // of an address with variables
	transparent bool
}

func (o *Bind) Parse(c *config.Call) error {
	if o.set {
		return c.Duplicate()
	}
	o.set = true
	text := c.Args[0]
	if len(c.Args) == 1 && text == "off" {
		return nil
	}
	v, err := vars.Compile(c, text)
	if err != nil {
		return err
	}
	if fixed, static := v.Static(); !static {
		o.value = v
	} else {
		var ok bool
		if o.addr, ok = localAddress(fixed); !ok {
			return c.Errorf("invalid address \"%s\"", text)
		}
	}
	if len(c.Args) > 1 {
		if c.Args[1] != "transparent" {
			return c.Errorf("invalid parameter \"%s\"", c.Args[1])
		}
		if runtime.GOOS != "linux" {
			return c.Errore("only Linux lets a socket have another host's address (IP_TRANSPARENT)", "transparent proxying is not supported on this platform")
		}
		o.transparent = true
	}
	return nil
}

func (o *Bind) Inherit(parent config.Option) {
	if !o.set {
		*o = *parent.(*Bind)
	}
}

// Asker is who asks a peer: an exchange or a session.
type Asker interface {
	vars.Subject
	Errorf(level errlog.Level, format string, args ...any)
}

// IsSet tells whether the option was given or inherited.
func (o *Bind) IsSet() bool { return o.set }

// Local puts the address that connections to the peers come from into d (ngx_http_upstream_set_local).
func (o *Bind) Local(x Asker, d *reactor.DialOptions) {
	d.Transparent = o.transparent
	addr := o.addr
	if o.value != nil {
		text := o.value.Bytes(x)
		if len(text) == 0 {
			return
		}
		var ok bool
		if addr, ok = localAddress(string(text)); !ok {
			x.Errorf(errlog.Error, "invalid local address \"%s\"", text)
			return
		}
	}
	d.LocalAddr, d.LocalPort = addr.Addr(), addr.Port()
}

// Unbound logs a connection that could not have its own address; that ends the exchange, as no other peer would do better.
func Unbound(x Asker, o *reactor.DialOptions, err error) bool {
	var call *os.SyscallError
	if !errors.As(err, &call) {
		return false
	}
	switch call.Syscall {
	case "bind":
		text := o.LocalAddr.String()
		if o.LocalPort != 0 {
			text = netip.AddrPortFrom(o.LocalAddr, o.LocalPort).String()
		}
		x.Errorf(errlog.Crit, "%s", errlog.AppendErrno([]byte("bind("+text+") failed"), err))
	case "setsockopt":
		name := "IP_TRANSPARENT"
		if o.LocalAddr.Is6() {
			name = "IPV6_TRANSPARENT"
		}
		x.Errorf(errlog.Alert, "%s", errlog.AppendErrno([]byte("setsockopt("+name+") failed"), err))
	default:
		return false
	}
	return true
}

// localAddress reads "ADDRESS", "ADDRESS:PORT", "[V6]" or "[V6]:PORT" (ngx_parse_addr_port).
func localAddress(text string) (netip.AddrPort, bool) {
	if ip, err := netip.ParseAddr(text); err == nil {
		return netip.AddrPortFrom(ip, 0), ip.Zone() == ""
	}
	host, port := text, ""
	if strings.HasPrefix(text, "[") {
		end := strings.IndexByte(text, ']')
		if end < 0 {
			return netip.AddrPort{}, false
		}
		host, port = text[1:end], text[end+1:]
		if port != "" && port[0] != ':' {
			return netip.AddrPort{}, false
		}
	} else if i := strings.IndexByte(text, ':'); i >= 0 {
		host, port = text[:i], text[i:]
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || ip.Zone() != "" {
		return netip.AddrPort{}, false
	}
	if port == "" {
		return netip.AddrPortFrom(ip, 0), true
	}
	n, err := strconv.ParseUint(port[1:], 10, 16)
	if err != nil || n == 0 || port[1] == '+' {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(ip, uint16(n)), true
}
