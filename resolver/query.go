package resolver

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"

	"understudy/ascii"
)

const (
	resendAfter  = 5 * time.Second // a question without an answer goes to the next name server
	maxRecursion = 50              // names that lead to other names
	maxUDP       = 4096            // bytes of an answer that are read
)

// answer is what a name comes to.
type answer struct {
	addrs []netip.Addr
	alias string // the name stands for another one
	ttl   time.Duration
	err   error
}

// ask asks for all kinds of addresses of a name, and for those of the name that it leads to. Names are written as in zone files, where
// a backslash begins an escape.
func (r *Resolver) ask(ctx context.Context, name string, depth int) answer {
	var kinds []uint16
	if r.ipv4 {
		kinds = append(kinds, dns.TypeA)
	}
	if r.ipv6 {
		kinds = append(kinds, dns.TypeAAAA)
	}
	start := int(r.next.Add(1) - 1)
	got := make([]answer, len(kinds))
	done := make(chan struct{})
	for i, kind := range kinds {
		go func() {
			got[i] = r.query(ctx, name, kind, start)
			done <- struct{}{}
		}()
	}
	for range kinds {
		<-done
	}
	all := join(got)
	if all.err != nil || len(all.addrs) > 0 {
		return all
	}
	if depth++; depth > maxRecursion {
		return answer{err: NotFound}
	}
	next := r.ask(ctx, strings.TrimSuffix(ascii.ToLower(all.alias), "."), depth)
	next.ttl = shorter(all.ttl, next.ttl)
	return next
}

// join makes one of the answers for all kinds of addresses: an error in one is one for all, addresses count before aliases, and the
// last kind's alias is the one that is followed (ngx_resolver_process_a, where it is the answer that comes last).
func join(got []answer) answer {
	all := answer{ttl: -1}
	for i := range got {
		g := &got[i]
		if g.err != nil {
			return answer{err: g.err}
		}
		all.addrs = append(all.addrs, g.addrs...)
		all.alias = g.alias
		all.ttl = shorter(all.ttl, g.ttl)
	}
	if len(all.addrs) == 0 && all.alias == "" {
		all.err = NotFound
	}
	return all
}

// shorter is the smaller of two times; below 0 is none.
func shorter(a, b time.Duration) time.Duration {
	switch {
	case a < 0:
		return b
	case b < 0:
		return a
	}
	return min(a, b)
}

// query asks one name server after another, beginning with number start, until one has answered.
func (r *Resolver) query(ctx context.Context, name string, kind uint16, start int) answer {
	for i := start; ; i++ {
		turn, cancel := context.WithTimeout(ctx, resendAfter)
		reply := r.exchange(turn, r.servers[i%len(r.servers)], name, kind)
		if reply == nil {
			<-turn.Done()
		}
		cancel()
		switch {
		case reply != nil:
			return read(reply, kind)
		case ctx.Err() != nil:
			return answer{err: TimedOut}
		}
	}
}

// exchange asks one name server: by UDP, and by TCP if the answer does not fit. nil means that nothing usable came.
func (r *Resolver) exchange(ctx context.Context, server, name string, kind uint16) *dns.Msg {
	question := new(dns.Msg).SetQuestion(dns.Fqdn(name), kind)
	packed, err := question.Pack()
	if err != nil || question.Unpack(packed) != nil { // from now on it is written as it will be in the answer
		return nil
	}
	conn, err := dial(ctx, "udp", server)
	if err != nil {
		r.logf("%s", err)
		return nil
	}
	defer conn.Close()
	defer closeWith(ctx, conn)()
	if _, err := conn.Write(packed); err != nil {
		return nil
	}
	buf := make([]byte, maxUDP)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return nil
		}
		reply := new(dns.Msg)
		if err := reply.Unpack(buf[:n]); err != nil && !reply.Truncated {
			r.logf("%s in DNS response", err)
			continue
		}
		if r.fits(question, reply) {
			if reply.Truncated {
				return r.byTCP(ctx, server, question)
			}
			return reply
		}
	}
}

// byTCP asks again where the answer may have any length.
func (r *Resolver) byTCP(ctx context.Context, server string, question *dns.Msg) *dns.Msg {
	conn, err := dial(ctx, "tcp", server)
	if err != nil {
		r.logf("%s", err)
		return nil
	}
	defer conn.Close()
	defer closeWith(ctx, conn)()
	c := &dns.Conn{Conn: conn}
	if c.WriteMsg(question) != nil {
		return nil
	}
	reply, err := c.ReadMsg()
	if err != nil || !r.fits(question, reply) {
		return nil
	}
	return reply
}

func dial(ctx context.Context, network, server string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, server)
}

// closeWith closes conn when ctx ends, until the function that it gives is called.
func closeWith(ctx context.Context, conn net.Conn) (stop func() bool) {
	return context.AfterFunc(ctx, func() { conn.Close() })
}

// fits tells an answer to this question. Errors that say that the question was not understood are no answers either.
func (r *Resolver) fits(question, reply *dns.Msg) bool {
	if reply.Id != question.Id || !reply.Response {
		return false
	}
	if code := reply.Rcode; code == dns.RcodeFormatError || code > dns.RcodeRefused {
		r.logf("DNS error (%s), query id:%d", Error(code), reply.Id)
		return false
	}
	if len(reply.Question) != 1 {
		r.logf("invalid number of questions in DNS response")
		return false
	}
	asked, said := question.Question[0], reply.Question[0]
	return asked.Qtype == said.Qtype && said.Qclass == dns.ClassINET && ascii.EqualFold(asked.Name, said.Name)
}

func (r *Resolver) logf(format string, args ...any) {
	if r.Log != nil {
		r.Log(fmt.Sprintf(format, args...))
	}
}

// read takes the addresses out of an answer, or the name that the one asked for stands for.
func read(reply *dns.Msg, kind uint16) answer {
	if reply.Rcode != dns.RcodeSuccess {
		return answer{err: Error(reply.Rcode)}
	}
	a := answer{ttl: -1}
	for _, record := range reply.Answer {
		head := record.Header()
		if head.Class != dns.ClassINET {
			continue
		}
		switch rr := record.(type) {
		case *dns.A:
			if ip, ok := netip.AddrFromSlice(rr.A.To4()); ok && kind == dns.TypeA {
				a.addrs = append(a.addrs, ip)
			}
		case *dns.AAAA:
			if ip, ok := netip.AddrFromSlice(rr.AAAA.To16()); ok && kind == dns.TypeAAAA {
				a.addrs = append(a.addrs, ip)
			}
		case *dns.CNAME:
			a.alias = rr.Target
		default:
			continue
		}
		a.ttl = shorter(a.ttl, time.Duration(head.Ttl)*time.Second)
	}
	return a
}
