// Package resolver looks names up while requests are served: nginx's `resolver` directive and the cache behind it.
//
// A lookup that is not in the cache runs on goroutines; the task that asked waits for it, its loop does not. Lookups of one name
// that come at the same time share one query.
package resolver

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"understudy/ascii"
	"understudy/cidr"
	"understudy/config"
	"understudy/reactor"
)

// Error is why a name has no address: a code of RFC 1035, 4.1.1, or TimedOut.
type Error int

// The codes that are used here; others come from name servers.
const (
	NotFound Error = 3
	TimedOut Error = 110
)

var texts = [...]string{"", "Format error", "Server failure", "Host not found", "Unimplemented", "Operation refused"}

// Error is nginx's "3: Host not found".
func (e Error) Error() string {
	text := "Unknown error"
	switch {
	case e > 0 && int(e) < len(texts):
		text = texts[e]
	case e == TimedOut:
		text = "Operation timed out"
	}
	return fmt.Sprintf("%d: %s", int(e), text)
}

// Resolver is one `resolver` directive. It may be used from all loops.
type Resolver struct {
	// Log is told of answers that cannot be used; nil = nobody is.
	Log func(text string)

	servers []string // host:port
	next    atomic.Uint32
	valid   time.Duration // in place of the records' own; 0 = theirs
	ipv4    bool
	ipv6    bool

	mu    sync.RWMutex
	known map[string]entry
	calls map[string]*call
	sweep int // size of known at which what is too old is thrown out
}

// entry is what is known of a name.
type entry struct {
	addrs []netip.Addr
	until int64 // Unix milliseconds
}

// call is a lookup under way.
type call struct {
	name    string
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int // guarded by Resolver.mu
	addrs   []netip.Addr
	err     error
}

// Parse reads `resolver ADDRESS … [valid=TIME] [ipv4=on|off] [ipv6=on|off]` (ngx_resolver_create). Names of name servers are
// looked up now.
func Parse(c *config.Call) (*Resolver, error) {
	r := &Resolver{ipv4: true, ipv6: true, known: map[string]entry{}, calls: map[string]*call{}, sweep: 1024}
	for _, arg := range c.Args {
		name, value, _ := strings.Cut(arg, "=")
		var ok bool
		switch name + "=" {
		case "valid=":
			r.valid, ok = config.ParseTime(value, true)
		case "ipv4=":
			r.ipv4, ok = value == "on", value == "on" || value == "off"
		case "ipv6=":
			r.ipv6, ok = value == "on", value == "on" || value == "off"
		default:
			if err := r.addServer(arg); err != nil {
				return nil, c.Errorf("%s in resolver \"%s\"", err, arg)
			}
			ok = true
		}
		if !ok {
			return nil, c.Errorf("invalid parameter: %s", arg)
		}
	}
	if !r.ipv4 && !r.ipv6 {
		return nil, c.Errorf("\"ipv4\" and \"ipv6\" cannot both be \"off\"")
	}
	if len(r.servers) == 0 {
		return nil, c.Errorf("no name servers defined")
	}
	return r, nil
}

// addServer takes "host", "host:port", "[v6]" or "[v6]:port".
func (r *Resolver) addServer(text string) error {
	host, port := text, "53"
	if strings.ContainsAny(text, "/?") {
		return fmt.Errorf("invalid host")
	}
	if strings.HasPrefix(text, "[") {
		end := strings.IndexByte(text, ']')
		if end < 0 {
			return fmt.Errorf("invalid host")
		}
		host = text[1:end]
		if _, err := netip.ParseAddr(host); err != nil {
			return fmt.Errorf("invalid IPv6 address")
		}
		if rest := text[end+1:]; rest != "" {
			if rest[0] != ':' {
				return fmt.Errorf("invalid host")
			}
			port = rest[1:]
		}
	} else if i := strings.IndexByte(text, ':'); i >= 0 {
		host, port = text[:i], text[i+1:]
	}
	if n, ok := config.ParseNumber(port); !ok || n < 1 || n > 65535 {
		return fmt.Errorf("invalid port")
	}
	if host == "" {
		return fmt.Errorf("no host")
	}
	if _, err := netip.ParseAddr(host); err == nil {
		r.servers = append(r.servers, net.JoinHostPort(host, port))
		return nil
	}
	ips, err := cidr.LookupHost(host)
	if err != nil {
		return fmt.Errorf("host not found")
	}
	for _, ip := range ips {
		r.servers = append(r.servers, net.JoinHostPort(ip.String(), port))
	}
	return nil
}

// Lookup gives a name's addresses, those out of the cache beginning with any of them, so that all are used alike; t waits at most for timeout. The error is
// an Error, or the reason why t's reactor ends.
func (r *Resolver) Lookup(t *reactor.Task, name string, timeout time.Duration, w reactor.Watching) ([]netip.Addr, error) {
	name = strings.TrimSuffix(ascii.ToLower(name), ".")
	now := t.Loop().Now()
	r.mu.RLock()
	known, ok := r.known[name]
	r.mu.RUnlock()
	if ok && known.until > now {
		return rotated(known.addrs), nil
	}
	if !askable(name) {
		return nil, NotFound
	}
	c := r.enter(t.Loop().Reactor().Context(), name)
	var addrs []netip.Addr
	var err error
	quit := make(chan struct{})
	t.OffloadWatched(w, func() {
		timer := time.NewTimer(timeout)
		defer timer.Stop()
		select {
		case <-c.done:
			addrs, err = c.addrs, c.err
		case <-timer.C:
			err = TimedOut
		case <-quit:
			err = reactor.ErrGivenUp
		}
		r.leave(c)
	}, func() { close(quit) })
	if err != nil {
		return nil, err
	}
	return addrs, nil
}

// enter takes part in the lookup of a name, which it begins if there is none.
func (r *Resolver) enter(parent context.Context, name string) *call {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.calls[name]
	if c == nil {
		ctx, cancel := context.WithCancel(parent)
		c = &call{name: name, done: make(chan struct{}), cancel: cancel}
		r.calls[name] = c
		go r.run(ctx, c)
	}
	c.waiting++
	return c
}

// leave gives a lookup up; when nobody waits for it any more it ends, and who asks from now on begins another one.
func (r *Resolver) leave(c *call) {
	r.mu.Lock()
	c.waiting--
	if c.waiting == 0 {
		c.cancel()
		if r.calls[c.name] == c {
			delete(r.calls, c.name)
		}
	}
	r.mu.Unlock()
}

// run carries a lookup out.
func (r *Resolver) run(ctx context.Context, c *call) {
	found := r.ask(ctx, strings.ReplaceAll(c.name, `\`, `\\`), 0)
	r.mu.Lock()
	if r.calls[c.name] == c {
		delete(r.calls, c.name)
	}
	if found.err == nil {
		r.remember(c.name, found)
	}
	r.mu.Unlock()
	c.addrs, c.err = found.addrs, found.err
	c.cancel()
	close(c.done)
}

// remember keeps an answer as long as it holds; r.mu is held.
func (r *Resolver) remember(name string, found answer) {
	keep := found.ttl
	if r.valid > 0 {
		keep = r.valid
	}
	now := time.Now().UnixMilli()
	if len(r.known) >= r.sweep {
		for name, e := range r.known {
			if e.until <= now {
				delete(r.known, name)
			}
		}
		r.sweep = max(1024, 2*len(r.known))
	}
	r.known[name] = entry{found.addrs, now + keep.Milliseconds()}
}

// rotated is the addresses from a random one on.
func rotated(addrs []netip.Addr) []netip.Addr {
	if len(addrs) < 2 {
		return addrs
	}
	i := rand.IntN(len(addrs))
	return append(append(make([]netip.Addr, 0, len(addrs)), addrs[i:]...), addrs[:i]...)
}

// askable tells names that can stand in a question: labels of 1 to 63 bytes, 253 bytes in all.
func askable(name string) bool {
	if name == "" || len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
	}
	return true
}
