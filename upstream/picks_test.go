package upstream

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// scenario is a file of testdata/picks: the lines of an upstream{}, then steps, each followed by the peers
// that nginx asked ("2-3" is one request: peer 2 failed, then peer 3; "u" is no live upstreams).
//
//	get N      N requests, one after the other       hold N    N requests that stay open
//	keys N     N requests with the keys of keyOf     release   the held ones end
//	clients N  N requests from the clients of clientOf
//	break P, mend P   peer P answers 500 (counts as failed) or 200
//	wait S     S seconds pass
type scenario struct {
	file    string
	version string
	conf    string
	peers   int
	steps   []pickStep
}

type pickStep struct {
	verb  string
	n     int
	picks string
}

func keyOf(i int) string { return fmt.Sprintf("key-%d-%x", i, i*i) }

func clientOf(i int) netip.Addr {
	if i%4 == 3 {
		return netip.MustParseAddr(fmt.Sprintf("2001:db8:%x::%x", i*7+1, i))
	}
	return netip.AddrFrom4([4]byte{byte(10 + i*37), byte(i * 91), byte(i * 13), byte(i)})
}

func readScenario(t *testing.T, file string) *scenario {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := &scenario{file: file}
	var conf []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "# nginx/"):
			s.version = strings.TrimPrefix(line, "# ")
		case strings.HasPrefix(line, "    "):
			conf = append(conf, line)
			s.peers = max(s.peers, strings.Count(strings.Join(conf, ""), "127.0.0.1:181"))
		case line != "" && line[0] != '#':
			step, picks, _ := strings.Cut(line, " = ")
			verb, n, _ := strings.Cut(strings.TrimSuffix(step, " ="), " ")
			count, _ := strconv.Atoi(n)
			s.steps = append(s.steps, pickStep{verb, count, picks})
		}
	}
	s.conf = strings.Join(conf, "\n")
	return s
}

func (s *scenario) write(t *testing.T) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n%s\n", s.version, s.conf)
	for _, step := range s.steps {
		b.WriteString(step.verb)
		if step.n > 0 {
			fmt.Fprintf(&b, " %d", step.n)
		}
		if step.picks != "" {
			b.WriteString(" = " + step.picks)
		}
		b.WriteString("\n")
	}
	if err := os.WriteFile(s.file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// play runs the scenario on our own balancers, on a clock of its own.
func (s *scenario) play(t *testing.T) (picks []string) {
	t.Helper()
	g := loadGroup(t, s.conf)
	now := int64(1_700_000_000_000)
	broken := map[string]bool{}
	var held []*Try
	// begin walks to the first peer that answers; the Try stays open.
	begin := func(key string, client netip.Addr) (*Try, string) {
		var asked []string
		try := &Try{}
		g.Start(try, Ask{Client: client, Subject: newSubject(key)})
		for {
			p, err := try.next(now)
			if err != nil {
				return nil, strings.Join(append(asked, g.Name), "-")
			}
			n, _ := strconv.Atoi(strings.TrimPrefix(string(p.Name), "127.0.0.1:181"))
			name := strconv.Itoa(n)
			asked = append(asked, name)
			if !broken[name] {
				return try, strings.Join(asked, "-")
			}
			// The last try's 500 is the answer that nginx passes on: no failure (ngx_http_upstream_test_next).
			if try.Left() <= 1 {
				try.done(OK, now)
				return nil, strings.Join(asked, "-")
			}
			try.done(Failed, now)
		}
	}
	request := func(key string, client netip.Addr) string {
		try, asked := begin(key, client)
		if try != nil {
			try.done(OK, now)
		}
		return asked
	}
	local := netip.MustParseAddr("127.0.0.1")
	for _, step := range s.steps {
		var line []string
		switch step.verb {
		case "get":
			for range step.n {
				line = append(line, request("", local))
			}
		case "keys":
			for i := range step.n {
				line = append(line, request(keyOf(i), local))
			}
		case "clients":
			for i := range step.n {
				line = append(line, request("", clientOf(i)))
			}
		case "break", "mend":
			broken[strconv.Itoa(step.n)] = step.verb == "break"
		case "wait":
			now += int64(step.n)*1000 + 200
		case "hold":
			for range step.n {
				try, asked := begin("", local)
				if try != nil {
					held = append(held, try)
				}
				line = append(line, asked)
			}
		case "release":
			for _, try := range held {
				try.done(OK, now)
			}
			held = nil
		default:
			t.Fatalf("unknown step %q", step.verb)
		}
		picks = append(picks, strings.Join(line, " "))
	}
	return picks
}

func TestPicksAreThoseOfNginx(t *testing.T) {
	files, _ := filepath.Glob("testdata/picks/*.txt")
	if len(files) < 10 {
		t.Fatalf("only %d scenarios", len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			s := readScenario(t, file)
			if *record {
				version, picks := s.ask(t)
				s.version = version
				for i := range picks {
					s.steps[i].picks = picks[i]
				}
				s.write(t)
			}
			if s.version == "" {
				t.Fatal("not recorded")
			}
			for i, got := range s.play(t) {
				if want := s.steps[i].picks; got != want {
					t.Errorf("step %d (%s %d)\n got %s\nwant %s (%s)", i+1, s.steps[i].verb, s.steps[i].n, got, want, s.version)
				}
			}
		})
	}
}
