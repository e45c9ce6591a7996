package resolver

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"understudy/internal/leak"
	"understudy/reactor"
)

// nameServer answers questions "NAME TYPE" with records, by UDP and TCP, and counts them.
type nameServer struct {
	addr string
	mu   sync.Mutex
	told map[string]int
}

func (n *nameServer) asked(question string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.told[question]
}

// serve starts a name server; answer fills in the reply to the n-th time that this question comes (from 1); false = no reply.
func serve(t *testing.T, answer func(question string, count int, tcp bool, m *dns.Msg) bool) *nameServer {
	t.Helper()
	var pc net.PacketConn
	var ln net.Listener
	for try := 0; ln == nil; try++ { // until a port is free for both
		var err error
		if pc, err = net.ListenPacket("udp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		if ln, err = net.Listen("tcp", pc.LocalAddr().String()); err != nil {
			pc.Close()
			if ln = nil; try == 100 {
				t.Fatal(err)
			}
		}
	}
	n := &nameServer{addr: pc.LocalAddr().String(), told: map[string]int{}}
	handle := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		question := q.Question[0].Name + " " + dns.TypeToString[q.Question[0].Qtype]
		n.mu.Lock()
		n.told[question]++
		count := n.told[question]
		n.mu.Unlock()
		m := new(dns.Msg).SetReply(q)
		if answer(question, count, w.LocalAddr().Network() == "tcp", m) {
			_ = w.WriteMsg(m) // a client that is gone is no matter
		}
	})
	var wg sync.WaitGroup
	servers := []*dns.Server{{PacketConn: pc, Handler: handle}, {Listener: ln, Handler: handle}}
	for _, s := range servers {
		up := make(chan struct{})
		s.NotifyStartedFunc = func() { close(up) }
		wg.Go(func() { _ = s.ActivateAndServe() })
		<-up
	}
	t.Cleanup(func() {
		for _, s := range servers {
			if err := s.ShutdownContext(context.Background()); err != nil {
				t.Error(err)
			}
		}
		wg.Wait()
	})
	return n
}

// record reads one in the notation of zone files.
func record(format string, args ...any) dns.RR {
	rr, err := dns.NewRR(fmt.Sprintf(format, args...))
	if err != nil {
		panic(err)
	}
	return rr
}

// onLoop runs f in a task, with each driver.
func onLoop(t *testing.T, f func(t *testing.T, task *reactor.Task)) {
	for _, driver := range []string{"", "portable"} {
		t.Run("driver_"+driver, func(t *testing.T) {
			leak.Check(t)
			r, err := reactor.New(reactor.Options{Driver: driver})
			if err != nil {
				t.Fatal(err)
			}
			r.Start()
			defer r.Close()
			done := make(chan struct{})
			r.Loops()[0].Post(func() { r.Loops()[0].Go(job(func(task *reactor.Task) { defer close(done); f(t, task) })) })
			select {
			case <-done:
			case <-time.After(20 * time.Second):
				t.Error("the task does not end")
			}
		})
	}
}

type job func(*reactor.Task)

func (j job) Run(t *reactor.Task) { j(t) }

func newResolver(ipv6 bool, servers ...string) *Resolver {
	return &Resolver{servers: servers, ipv4: true, ipv6: ipv6, known: map[string]entry{}, calls: map[string]*call{}, sweep: 4}
}

// text is the outcome of a lookup, addresses in order.
func text(addrs []netip.Addr, err error) string {
	if err != nil {
		return err.Error()
	}
	var s []string
	for _, a := range addrs {
		s = append(s, a.String())
	}
	return strings.Join(s, " ")
}

func TestNamesComeToTheirAddresses(t *testing.T) {
	long := strings.Repeat("x", 64)
	zone := func(question string, _ int, tcp bool, m *dns.Msg) bool {
		name, kind, _ := strings.Cut(question, ". ")
		add := func(format string, args ...any) { m.Answer = append(m.Answer, record(format, args...)) }
		switch name + " " + kind {
		case "both A", "first A", "half A", "k A", `a\\.b A`, `a\\046b A`:
			add("%s. 60 A 192.0.2.1", name)
		case "both AAAA", "second AAAA":
			add("%s. 60 AAAA 2001:db8::1", name)
		case "half AAAA":
			m.Rcode = dns.RcodeServerFailure
		case "many A":
			add("many. 60 A 192.0.2.1")
			add("many. 60 A 192.0.2.2")
		case "alias A", "alias AAAA":
			add("alias. 60 CNAME Both.")
		case "whole A":
			add("whole. 60 CNAME other.")
			add("other. 60 A 192.0.2.7")
		case "circle A", "circle AAAA":
			add("circle. 60 CNAME circle.")
		case "none A", "none AAAA":
			m.Rcode = dns.RcodeNameError
		case "refused A", "refused AAAA":
			m.Rcode = dns.RcodeRefused
		case "big A":
			if m.Truncated = !tcp; tcp {
				add("big. 60 A 192.0.2.8")
			}
		case "silent A", "silent AAAA":
			return false
		}
		return true
	}
	cases := []struct {
		name string
		ipv6 bool
		want string
	}{
		{"both", true, "192.0.2.1 2001:db8::1"},
		{"BOTH.", true, "192.0.2.1 2001:db8::1"},
		{"both", false, "192.0.2.1"},
		{"K", false, "192.0.2.1"},
		{"\u212a", false, "3: Host not found"}, // the Kelvin sign, a k in lower case to Unicode
		{"\xff\xfe", false, "3: Host not found"},
		{`a\.b`, false, "192.0.2.1"}, // two labels, the first one with a backslash
		{`a\046b`, false, "192.0.2.1"},
		{"first", true, "192.0.2.1"},
		{"second", true, "2001:db8::1"},
		{"half", true, "2: Server failure"},
		{"half", false, "192.0.2.1"},
		{"many", false, "192.0.2.1 192.0.2.2"},
		{"alias", true, "192.0.2.1 2001:db8::1"},
		{"whole", false, "192.0.2.7"},
		{"circle", true, "3: Host not found"},
		{"none", true, "3: Host not found"},
		{"empty", true, "3: Host not found"},
		{"refused", true, "5: Operation refused"},
		{"big", false, "192.0.2.8"},
		{"silent", true, "110: Operation timed out"},
		{"a..b", true, "3: Host not found"},
		{long, true, "3: Host not found"},
		{"", true, "3: Host not found"},
	}
	server := serve(t, zone)
	onLoop(t, func(t *testing.T, task *reactor.Task) {
		for _, k := range cases {
			r := newResolver(k.ipv6, server.addr)
			timeout := 10 * time.Second
			if k.name == "silent" {
				timeout = 50 * time.Millisecond
			}
			if got := text(r.Lookup(task, k.name, timeout, reactor.Watching{})); got != k.want {
				t.Errorf("%q: %q, not %q", k.name, got, k.want)
			}
		}
	})
}

func TestAnswersAreKeptAsLongAsTheyHold(t *testing.T) {
	cases := []struct {
		name    string
		ttl     int
		valid   time.Duration
		failing bool
		asked   int // questions for two lookups
	}{
		{"kept", 60, 0, false, 1},
		{"not", 0, 0, false, 2},
		{"valid", 0, time.Minute, false, 1},
		{"failed", 60, time.Minute, true, 2},
	}
	onLoop(t, func(t *testing.T, task *reactor.Task) {
		for _, k := range cases {
			server := serve(t, func(question string, _ int, _ bool, m *dns.Msg) bool {
				if m.Answer = []dns.RR{record("%s. %d A 192.0.2.1", k.name, k.ttl)}; k.failing {
					m.Rcode = dns.RcodeServerFailure
				}
				return true
			})
			r := newResolver(false, server.addr)
			r.valid = k.valid
			first := text(r.Lookup(task, k.name, 10*time.Second, reactor.Watching{}))
			if second := text(r.Lookup(task, strings.ToUpper(k.name), 10*time.Second, reactor.Watching{})); first != second {
				t.Errorf("%s: %q, then %q", k.name, first, second)
			}
			if n := server.asked(k.name + ". A"); n != k.asked {
				t.Errorf("%s: %d questions, not %d", k.name, n, k.asked)
			}
		}
	})
}

func TestNameServersAreAskedInTurn(t *testing.T) {
	zone := func(_ string, _ int, _ bool, m *dns.Msg) bool {
		m.Rcode = dns.RcodeNameError
		return true
	}
	onLoop(t, func(t *testing.T, task *reactor.Task) {
		one, two := serve(t, zone), serve(t, zone)
		r := newResolver(false, one.addr, two.addr)
		for range 4 {
			_, _ = r.Lookup(task, "x", 10*time.Second, reactor.Watching{})
		}
		if a, b := one.asked("x. A"), two.asked("x. A"); a != 2 || b != 2 {
			t.Errorf("%d and %d questions", a, b)
		}
	})
}

func TestLookupsOfOneNameShareAQuestion(t *testing.T) {
	let := make(chan struct{})
	server := serve(t, func(_ string, _ int, _ bool, m *dns.Msg) bool {
		<-let
		m.Answer = []dns.RR{record("x. 60 A 192.0.2.1")}
		return true
	})
	r := newResolver(false, server.addr)
	re, err := reactor.New(reactor.Options{Loops: 2})
	if err != nil {
		t.Fatal(err)
	}
	re.Start()
	defer re.Close()
	results := make(chan string, 8)
	for i := range 8 {
		l := re.Loops()[i%2]
		l.Post(func() {
			l.Go(job(func(task *reactor.Task) { results <- text(r.Lookup(task, "x", 10*time.Second, reactor.Watching{})) }))
		})
	}
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		r.mu.RLock()
		c := r.calls["x"]
		waiting := c != nil && c.waiting == 8
		r.mu.RUnlock()
		if waiting {
			break
		}
	}
	close(let)
	for range 8 {
		if got := <-results; got != "192.0.2.1" {
			t.Error(got)
		}
	}
	if n := server.asked("x. A"); n != 1 {
		t.Errorf("%d questions", n)
	}
}

// The last one who waits takes the question with it; who asks at that moment has a question of its own.
func TestALookupThatWasGivenUpHoldsNobodyUp(t *testing.T) {
	server := serve(t, func(_ string, _ int, _ bool, m *dns.Msg) bool {
		m.Answer = []dns.RR{record("x. 0 A 192.0.2.1")}
		return true
	})
	onLoop(t, func(t *testing.T, task *reactor.Task) {
		r := newResolver(false, server.addr)
		for range 100 {
			r.leave(r.enter(t.Context(), "x"))
			if got := text(r.Lookup(task, "x", 10*time.Second, reactor.Watching{})); got != "192.0.2.1" {
				t.Fatal(got)
			}
		}
	})
}

func TestAddressesAreUsedAlike(t *testing.T) {
	addrs := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")}
	first := map[netip.Addr]bool{}
	for range 200 {
		first[rotated(addrs)[0]] = true
	}
	if len(first) != 2 {
		t.Errorf("only %v come first", first)
	}
}
