package stage

// Transcripts: what nginx did in each case of a table, recorded, so that a test also holds where nginx is not installed.

import (
	"flag"
	"os"
	"sort"
	"strconv"
	"strings"
	"testing"
)

var record = flag.Bool("record", false, "play the cases on nginx and rewrite the recorded transcripts")

// Transcripts are kept in one file: a line "== NAME" and the text, for each case.
type Transcripts struct {
	path   string
	byName map[string]string
}

// Case is one line of a table of cases that are played on every server.
type Case struct {
	Name string
	HTTP string // text of the http block; B1, B2, … stand for the backends' addresses
	// Backends are scripts, each a backend's.
	Backends []func(p *Peer)
	// Play makes the transcript.
	Play func(t *testing.T, s *Server) string
	// Ours is Understudy's transcript where it is not the recorded one; Why says why: what has changed in nginx since, or what
	// is done better on purpose.
	Ours, Why string
}

// PlayAll plays the cases on all servers and compares with what is recorded in the file at path.
func PlayAll(t *testing.T, path string, cases []Case) {
	tr := load(t, path)
	if *record {
		tr.byName = map[string]string{}
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			if (c.Ours == "") != (c.Why == "") {
				t.Error("a difference needs a reason, and a reason a difference")
			}
			play := func(t *testing.T, start func(t *testing.T, http string) *Server) string {
				names := []string{}
				for i, script := range c.Backends {
					names = append(names, "B"+string(rune('1'+i)), NewBackend(t, script).Addr)
				}
				dead := Refusing(t)
				to := strings.NewReplacer(append(names, "DEAD", dead)...)
				s := start(t, to.Replace(c.HTTP))
				got := c.Play(t, s)
				for i := 0; i < len(names); i += 2 {
					got = strings.ReplaceAll(got, names[i+1], names[i])
				}
				return strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(got, dead, "DEAD"), s.Addr, "LISTEN"), s.Dir, "DIR")
			}
			if *record {
				tr.byName[c.Name] = play(t, func(t *testing.T, http string) *Server { return StartNginx(t, http) })
				return
			}
			recorded, ok := tr.byName[c.Name]
			if !ok {
				t.Fatal("not recorded")
			}
			want := recorded
			if c.Ours != "" {
				want = c.Ours
			}
			for _, driver := range Drivers() {
				t.Run("driver "+driver, func(t *testing.T) {
					compare(t, want, play(t, func(t *testing.T, http string) *Server { return Start(t, driver, http) }))
				})
			}
			if Installed() {
				t.Run("nginx", func(t *testing.T) {
					compare(t, recorded, play(t, func(t *testing.T, http string) *Server { return StartNginx(t, http) }))
				})
			}
		})
	}
	if *record && !t.Failed() {
		tr.save(t)
	}
}

func compare(t *testing.T, want, got string) {
	t.Helper()
	w, g := strings.Split(strings.TrimSpace(want), "\n"), strings.Split(strings.TrimSpace(got), "\n")
	for i := range max(len(w), len(g)) {
		switch {
		case i >= len(w):
			t.Errorf("more:\n%s", g[i])
		case i >= len(g):
			t.Errorf("missing:\n%s", w[i])
		case w[i] != g[i]:
			t.Errorf("want\n%s\ngot\n%s", w[i], g[i])
		}
	}
}

func load(t *testing.T, path string) *Transcripts {
	tr := &Transcripts{path, map[string]string{}}
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return tr
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split("\n"+string(text), "\n== ")[1:] {
		name, body, _ := strings.Cut(part, "\n")
		tr.byName[name] = body
	}
	return tr
}

func (tr *Transcripts) save(t *testing.T) {
	names := make([]string, 0, len(tr.byName))
	for name := range tr.byName {
		names = append(names, name)
	}
	sort.Strings(names)
	var b strings.Builder
	b.WriteString("Recorded from Debian's nginx 1.22.1 (go test -record).\n")
	for _, name := range names {
		b.WriteString("== " + name + "\n" + strings.TrimSpace(tr.byName[name]) + "\n")
	}
	if err := os.WriteFile(tr.path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Describe writes an answer in a line: status line, framing and body.
func (a Answer) Describe() string {
	if a.Line == "" {
		return "no answer"
	}
	var b strings.Builder
	b.WriteString(a.Line)
	for _, name := range []string{"Content-Length", "Transfer-Encoding", "Connection", "Location"} {
		if v := a.Get(name); v != "" && !(name == "Content-Length" && strings.Contains(a.Body, "<hr><center>nginx")) {
			b.WriteString(", " + name + ": " + v)
		}
	}
	switch {
	case strings.Contains(a.Body, "<hr><center>nginx"):
		b.WriteString(", its page")
	case len(a.Body) > 100:
		b.WriteString(", " + a.Body[:10] + "… " + strconv.Itoa(len(a.Body)) + " bytes")
	default:
		b.WriteString(", \"" + a.Body + "\"")
	}
	if a.Broken {
		b.WriteString(", broken off")
	}
	return b.String()
}
