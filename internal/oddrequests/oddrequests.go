// Package oddrequests holds a table of odd HTTP/1 requests with what the real nginx did about each, and the means to
// record the table and to run it against any server.
//
// The table is a text file of blocks, a block a case:
//
//	case: a bare LF ends lines
//	server: keepinvalid           (optional remark on the virtual server addressed)
//	send: "GET / HTTP/1.1\nHost: a\n\n"
//	eof: yes                      (the client half-closes after sending; else it sends a last, ordinary request)
//	answer: "HTTP/1.1 200 OK" "uri=/ args= host=a\n"
//	closed: no
//	upstream: "GET /p/ HTTP/1.1\r\n..."
//	log: "client sent invalid method"
//	now answer: "HTTP/1.1 400 Bad Request" ""
//	now closed: yes
//	now upstream: none
//	why: what changed
//
// answer, closed, upstream and log are nginx 1.22.1's, recorded; "now" lines are what nginx 1.31.5 does where that differs.
package oddrequests

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Case is one odd request.
type Case struct {
	Name   string
	Server string
	Send   string
	EOF    bool
	Recorded,
	Now Outcome // Now: nginx 1.31.5's, the same as Recorded unless Differs
	Differs bool
	Why     string
	nowSet  map[string]bool
}

// Outcome is what a server did about a case.
type Outcome struct {
	Answers  []Answer
	Closed   bool     // the server closed the connection after the last answer
	Upstream []string // requests as the backend received them
	Log      []string // error log at info and above, without the connection's particulars
}

// Answer is a response: the status line ("" for an HTTP/0.9 answer) and the body, which is kept only for status 200.
type Answer struct{ Status, Body string }

// Load reads a table.
func Load(path string) ([]Case, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var cases []Case
	var c *Case
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for line := 1; sc.Scan(); line++ {
		text := sc.Text()
		if text == "" || text[0] == '#' {
			continue
		}
		key, value, ok := strings.Cut(text, ": ")
		if !ok {
			return nil, fmt.Errorf("%s:%d: no key", path, line)
		}
		if key == "case" {
			cases = append(cases, Case{Name: value, nowSet: map[string]bool{}})
			c = &cases[len(cases)-1]
			continue
		}
		if c == nil {
			return nil, fmt.Errorf("%s:%d: %s before the first case", path, line, key)
		}
		if err := c.set(key, value); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, line, err)
		}
	}
	for i := range cases {
		cases[i].complete()
	}
	return cases, sc.Err()
}

func (c *Case) set(key, value string) (err error) {
	o := &c.Recorded
	if rest, ok := strings.CutPrefix(key, "now "); ok {
		key, o, c.Differs = rest, &c.Now, true
		c.nowSet[key] = true
		if value == "none" {
			return nil
		}
	}
	switch key {
	case "server":
		c.Server = value
	case "send":
		c.Send, err = strconv.Unquote(value)
	case "eof":
		c.EOF = value == "yes"
	case "closed":
		o.Closed = value == "yes"
	case "why":
		c.Why = value
	case "answer":
		var a Answer
		first, err := strconv.QuotedPrefix(value)
		if err != nil {
			return err
		}
		a.Status, _ = strconv.Unquote(first)
		if a.Body, err = strconv.Unquote(strings.TrimSpace(value[len(first):])); err != nil {
			return err
		}
		o.Answers = append(o.Answers, a)
	case "upstream", "log":
		s, err := strconv.Unquote(value)
		if err != nil {
			return err
		}
		if key == "log" {
			o.Log = append(o.Log, s)
		} else {
			o.Upstream = append(o.Upstream, s)
		}
	default:
		return fmt.Errorf("unknown key %q", key)
	}
	return err
}

// complete fills Now with what has not changed.
func (c *Case) complete() {
	if !c.nowSet["answer"] {
		c.Now.Answers = c.Recorded.Answers
	}
	if !c.nowSet["closed"] {
		c.Now.Closed = c.Recorded.Closed
	}
	if !c.nowSet["upstream"] {
		c.Now.Upstream = c.Recorded.Upstream
	}
	if !c.nowSet["log"] {
		c.Now.Log = c.Recorded.Log
	}
}

// Save writes a table; head is the comment before it.
func Save(path, head string, cases []Case) error {
	var b strings.Builder
	b.WriteString(head)
	for _, c := range cases {
		fmt.Fprintf(&b, "\ncase: %s\n", c.Name)
		if c.Server != "" {
			fmt.Fprintf(&b, "server: %s\n", c.Server)
		}
		fmt.Fprintf(&b, "send: %s\n", strconv.QuoteToASCII(c.Send))
		if c.EOF {
			b.WriteString("eof: yes\n")
		}
		c.Recorded.write(&b, "", nil)
		if c.Differs {
			c.Now.write(&b, "now ", c.nowSet)
		}
		if c.Why != "" {
			fmt.Fprintf(&b, "why: %s\n", c.Why)
		}
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

func (o *Outcome) write(b *strings.Builder, prefix string, only map[string]bool) {
	want := func(key string, n int) bool {
		if only == nil {
			return true
		}
		if only[key] && n == 0 {
			fmt.Fprintf(b, "%s%s: none\n", prefix, key)
		}
		return only[key]
	}
	if want("answer", len(o.Answers)) {
		for _, a := range o.Answers {
			fmt.Fprintf(b, "%sanswer: %s %s\n", prefix, strconv.QuoteToASCII(a.Status), strconv.QuoteToASCII(a.Body))
		}
	}
	if want("closed", 1) {
		word := "no"
		if o.Closed {
			word = "yes"
		}
		fmt.Fprintf(b, "%sclosed: %s\n", prefix, word)
	}
	if want("upstream", len(o.Upstream)) {
		for _, u := range o.Upstream {
			fmt.Fprintf(b, "%supstream: %s\n", prefix, strconv.QuoteToASCII(u))
		}
	}
	if want("log", len(o.Log)) {
		for _, l := range o.Log {
			fmt.Fprintf(b, "%slog: %s\n", prefix, strconv.QuoteToASCII(l))
		}
	}
}
