package errlog

import (
	"bytes"
	"strings"
	"testing"
)

func FuzzSyslogParameters(f *testing.F) {
	for _, seed := range []string{"server=127.0.0.1", "server=[::1]:9,tag=a,nohostname", "server=unix:/x,facility=user", ",", "server=[", "tag=-"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if i := strings.Index(text, "server="); i >= 0 { // names are not looked up here
			host := text[i+len("server="):]
			if host == "" || !strings.Contains("0123456789[:", host[:1]) && !strings.HasPrefix(host, "unix:") {
				return
			}
		}
		s, err := ParseSyslog(text)
		if (s == nil) == (err == nil) {
			t.Errorf("%q: %v, %v", text, s, err)
		}
		if s != nil && (s.network == "" || len(s.tag) > maxTag || s.facility < 0 || s.severity < 0) {
			t.Errorf("%q: %+v", text, s)
		}
	})
}

func FuzzLine(f *testing.F) {
	f.Add([]byte("text"), uint64(1))
	f.Add([]byte("},\"line\":\xff\n}\n"), uint64(0))
	f.Fuzz(func(t *testing.T, text []byte, conn uint64) {
		k := &keep{}
		logTo(Info, k).Write(Info, conn, text)
		if len(k.writes) != 1 || len(k.writes[0]) > maxLine {
			t.Fatalf("%d writes", len(k.writes))
		}
		line := []byte(k.writes[0])
		if len(text) < 1500 && !bytes.HasSuffix(line, append(bytes.Clone(text), '\n')) {
			t.Errorf("%q became %q", text, line)
		}
	})
}
