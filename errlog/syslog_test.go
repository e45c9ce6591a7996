package errlog

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestSyslogParameters(t *testing.T) {
	for _, c := range []struct {
		text, want string // want: the error, or "" and then the server's name in server
		server     string
	}{
		{"server=127.0.0.1", "", "127.0.0.1:514"},
		{"server=127.0.0.1:9000,tag=a_B9,facility=user,severity=alert,nohostname", "", "127.0.0.1:9000"},
		{"server=[::1]:9000", "", "[::1]:9000"},
		{"server=[::1]", "", "[::1]:514"},
		{"server=unix:/tmp/x", "", "unix:/tmp/x"},
		{"facility=user", "no syslog server specified", ""},
		{"", `unknown syslog parameter ""`, ""},
		{"server=127.0.0.1,server=127.0.0.1", `duplicate syslog "server"`, ""},
		{"server=127.0.0.1,facility=user,facility=user", `duplicate syslog "facility"`, ""},
		{"server=127.0.0.1,severity=info,severity=info", `duplicate syslog "severity"`, ""},
		{"server=127.0.0.1,tag=a,tag=b", `duplicate syslog "tag"`, ""},
		{"server=127.0.0.1,tag=,tag=b", `duplicate syslog "tag"`, ""},
		{"server=127.0.0.1,facility=x", `unknown syslog facility "x"`, ""},
		{"server=127.0.0.1,severity=x", `unknown syslog severity "x"`, ""},
		{"server=127.0.0.1,tag=a-b", `syslog "tag" only allows alphanumeric characters and underscore`, ""},
		{"server=127.0.0.1,tag=" + strings.Repeat("a", 33), "syslog tag length exceeds 32", ""},
		{"server=127.0.0.1,what=1", `unknown syslog parameter "what=1"`, ""},
		{"server=127.0.0.1,nohostnames", `unknown syslog parameter "nohostnames"`, ""},
		{"server=127.0.0.1:0", `invalid port in syslog server "127.0.0.1:0"`, ""},
		{"server=127.0.0.1:x", `invalid port in syslog server "127.0.0.1:x"`, ""},
		{"server=:514", `no host in syslog server ":514"`, ""},
		{"server=127.0.0.1:514/x", `invalid host in syslog server "127.0.0.1:514/x"`, ""},
		{"server=127.0.0.1?x", `invalid host in syslog server "127.0.0.1?x"`, ""},
		{"server=::1", `invalid port in syslog server "::1"`, ""},
		{"server=[]", `no host in syslog server "[]"`, ""},
		{"server=[::1", `invalid host in syslog server "[::1"`, ""},
		{"server=[::1]x", `invalid host in syslog server "[::1]x"`, ""},
		{"server=[1.2.3.4]", `invalid IPv6 address in syslog server "[1.2.3.4]"`, ""},
		{"server=0", "", "0.0.0.0:514"},
		{"server=010.0.0.1", "", "10.0.0.1:514"},
		{"server=unix:", `no path in the unix domain socket in syslog server "unix:"`, ""},
	} {
		s, err := ParseSyslog(c.text)
		switch {
		case c.want != "":
			if err == nil || err.Error() != c.want {
				t.Errorf("%q: error %v, want %s", c.text, err, c.want)
			}
		case err != nil:
			t.Errorf("%q: %v", c.text, err)
		case s.Name() != c.server:
			t.Errorf("%q: server %q, want %q", c.text, s.Name(), c.server)
		}
	}
}

func receive(t *testing.T, pc net.PacketConn) string {
	t.Helper()
	pc.SetReadDeadline(time.Now().Add(5 * time.Second))
	b := make([]byte, 4096)
	n, _, err := pc.ReadFrom(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(b[:n])
}

func TestSyslogMessages(t *testing.T) {
	host, _ := os.Hostname()
	host = strings.ToLower(host)
	const date = `[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d`
	for _, c := range []struct{ params, line, direct string }{
		{"", `^<187>` + date + ` ` + regexp.QuoteMeta(host) + ` nginx: \d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[error\] \d+#\d+: \*4 text$`,
			`^<190>` + date + ` ` + regexp.QuoteMeta(host) + ` nginx: text$`},
		{",facility=user,severity=alert,tag=,nohostname", `^<11>` + date + ` : .* text$`, `^<9>` + date + ` : text$`},
		{",facility=user,severity=alert,tag=SEE,nohostname", `^<11>` + date + ` SEE: .* text$`, `^<9>` + date + ` SEE: text$`},
	} {
		pc, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s, err := ParseSyslog("server=" + pc.LocalAddr().String() + c.params)
		if err != nil {
			t.Fatal(err)
		}
		l := &Log{}
		l.add(newTarget(Error, s))
		l.Printf(Error, 4, "text")
		if got := receive(t, pc); !regexp.MustCompile(c.line).MatchString(got) {
			t.Errorf("line %q does not match %s", got, c.line)
		}
		s.Send([]byte("text"))
		if got := receive(t, pc); !regexp.MustCompile(c.direct).MatchString(got) {
			t.Errorf("message %q does not match %s", got, c.direct)
		}
		s.Close()
		pc.Close()
	}
}

func TestSyslogFailureIsReportedAndRecovers(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "s")
	s, err := ParseSyslog("server=unix:" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	k := &keep{}
	s.log = logTo(Error, k)
	if s.Send([]byte("lost")) == nil {
		t.Fatal("no error without a server")
	}
	want := "connect() failed (2: No such file or directory) while logging to syslog, server: unix:" + path + "\n"
	if len(k.writes) != 1 || !strings.HasSuffix(k.writes[0], want) || !strings.Contains(k.writes[0], "[alert]") {
		t.Errorf("report %q", k.writes)
	}
	pc, err := net.ListenPacket("unixgram", path)
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close()
	if err := s.Send([]byte("found")); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, pc); !strings.HasSuffix(got, "nginx: found") {
		t.Errorf("message %q", got)
	}
}

func TestSyslogLosesNothingOfLoopsThatSendAtOnce(t *testing.T) {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close()
	s, err := ParseSyslog("server=" + pc.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const loops, lines = 4, 10 // what a socket holds without being read
	for range 100 {
		var all sync.WaitGroup
		for range loops {
			all.Go(func() {
				for range lines {
					if err := s.Send([]byte("line")); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		for range loops * lines {
			receive(t, pc)
		}
	}
}

// closing is a log that closes a syslog target with the first line it gets.
type closing struct{ *Syslog }

func (c closing) writeLine(Level, []byte) { c.Close() }

func TestSyslogThatIsClosedWhileItReportsStaysClosed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sock")
	s, err := ParseSyslog("server=unix:" + path)
	if err != nil {
		t.Fatal(err)
	}
	s.log = &Log{}
	s.log.add(newTarget(Error, closing{s}))
	if s.Send([]byte("nobody listens")) == nil {
		t.Fatal("sent to nobody")
	}
	pc, err := net.ListenPacket("unixgram", path)
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close()
	if err := s.Send([]byte("late")); err != nil || s.conn != nil {
		t.Errorf("sends again after Close: error %v, connection %v", err, s.conn)
	}
}
