// syslog:server=…: lines as datagrams (RFC 3164), for error_log and access_log alike.

package errlog

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"understudy/cidr"
)

var facilities = [...]string{
	"kern", "user", "mail", "daemon", "auth", "intern", "lpr", "news", "uucp", "clock", "authpriv", "ftp", "ntp",
	"audit", "alert", "cron", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
}

const (
	defaultFacility = 23 // local7
	defaultSeverity = 6  // info
	maxTag          = 32 // RFC 3164, section 4.1.3
	syslogPort      = "514"
)

// Syslog is one syslog:… target.
type Syslog struct {
	network, address string // for net.Dial: udp or unixgram
	server           string // as written
	facility         int
	severity         int
	tag              string
	hostname         string // "" with nohostname
	log              *Log   // where a failing send is reported: the main log

	mu     sync.Mutex
	conn   net.Conn
	busy   bool // reporting a failure must not send again
	closed bool
	buf    []byte
}

// ParseSyslog reads what follows "syslog:". The error text is nginx's, without a position.
func ParseSyslog(text string) (*Syslog, error) {
	s := &Syslog{facility: -1, severity: -1}
	nohostname, tagged := false, false
	rest, more := text, true
	for more {
		var part string
		part, rest, more = strings.Cut(rest, ",")
		_, value, _ := strings.Cut(part, "=")
		switch {
		case strings.HasPrefix(part, "server="):
			if s.server != "" {
				return nil, confError(`duplicate syslog "server"`)
			}
			if err := s.parseServer(value); err != nil {
				return nil, err
			}
		case strings.HasPrefix(part, "facility="):
			if s.facility >= 0 {
				return nil, confError(`duplicate syslog "facility"`)
			}
			if s.facility = indexOf(facilities[:], value); s.facility < 0 {
				return nil, confError(`unknown syslog facility "` + value + `"`)
			}
		case strings.HasPrefix(part, "severity="):
			if s.severity >= 0 {
				return nil, confError(`duplicate syslog "severity"`)
			}
			if s.severity = indexOf(levelNames[1:], value); s.severity < 0 {
				return nil, confError(`unknown syslog severity "` + value + `"`)
			}
		case strings.HasPrefix(part, "tag="):
			if tagged {
				return nil, confError(`duplicate syslog "tag"`)
			}
			if err := checkTag(value); err != nil {
				return nil, err
			}
			s.tag, tagged = value, true
		case part == "nohostname":
			nohostname = true
		default:
			return nil, confError(`unknown syslog parameter "` + part + `"`)
		}
	}
	if s.server == "" {
		return nil, confError("no syslog server specified")
	}
	if s.facility < 0 {
		s.facility = defaultFacility
	}
	if s.severity < 0 {
		s.severity = defaultSeverity
	}
	if !tagged { // one that is empty is left empty
		s.tag = "nginx"
	}
	if !nohostname {
		name, err := os.Hostname()
		if err != nil {
			return nil, confError("gethostname() failed")
		}
		s.hostname = strings.ToLower(name)
	}
	return s, nil
}

// confError is nginx's text for a wrong parameter; the config adds the position.
type confError string

func (e confError) Error() string { return string(e) }

func indexOf(words []string, word string) int {
	for i, w := range words {
		if w == word {
			return i
		}
	}
	return -1
}

func checkTag(tag string) error {
	if len(tag) > maxTag {
		return confError("syslog tag length exceeds 32")
	}
	for i := 0; i < len(tag); i++ {
		c := tag[i] | 0x20
		if tag[i] != '_' && (c < 'a' || c > 'z') && (tag[i] < '0' || tag[i] > '9') {
			return confError(`syslog "tag" only allows alphanumeric characters and underscore`)
		}
	}
	return nil
}

// parseServer reads HOST[:PORT], [IPV6][:PORT] or unix:PATH; names are resolved at once.
func (s *Syslog) parseServer(text string) error {
	s.server = text
	wrong := func(why string) error { return confError(why + ` in syslog server "` + text + `"`) }
	if path, ok := strings.CutPrefix(text, "unix:"); ok {
		if path == "" {
			return wrong("no path in the unix domain socket")
		}
		if len(path) >= 108 {
			return wrong("too long path in the unix domain socket")
		}
		s.network, s.address = "unixgram", path
		return nil
	}
	host, port := text, syslogPort
	bracketed := strings.HasPrefix(text, "[")
	if bracketed {
		var rest string
		var closed bool
		host, rest, closed = strings.Cut(text[1:], "]")
		if !closed || rest != "" && rest[0] != ':' || strings.Contains(rest, "/") {
			return wrong("invalid host")
		}
		if rest != "" {
			port = rest[1:]
		}
	} else if strings.ContainsAny(text, "/?") {
		return wrong("invalid host")
	} else if before, after, found := strings.Cut(text, ":"); found {
		host, port = before, after
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n < 1 {
		return wrong("invalid port")
	}
	if host == "" {
		return wrong("no host")
	}
	addr, ok := cidr.ParseV4(host)
	if bracketed {
		if addr, ok = cidr.Parse(host); !ok || addr.Is4() {
			return wrong("invalid IPv6 address")
		}
	}
	if !ok {
		list, err := cidr.LookupHost(host)
		if err != nil {
			return wrong("host not found")
		}
		addr = list[max(0, slices.IndexFunc(list, netip.Addr.Is4))] // IPv4 goes before IPv6
	}
	s.network, s.address = "udp", netip.AddrPortFrom(addr, uint16(n)).String()
	return nil
}

// Send sends one message with the severity of the directive (access_log). What fails is in the main log, but for errNoRoom.
func (s *Syslog) Send(msg []byte) error { return s.send(s.severity, msg) }

// writeLine sends an error_log line with the line's own severity, its newline left out.
func (s *Syslog) writeLine(lv Level, line []byte) {
	s.send(int(lv)-1, line[:len(line)-1])
}

func (s *Syslog) isStderr() bool { return false }

// send is non-blocking in effect: a datagram that the kernel has no room for is lost without a word here, as with nginx.
func (s *Syslog) send(severity int, msg []byte) error {
	s.mu.Lock()
	if s.busy || s.closed {
		s.mu.Unlock()
		return nil
	}
	what, err := s.transmit(severity, msg)
	report := err != nil && err != errNoRoom
	s.busy = report
	s.mu.Unlock()
	if !report {
		return err
	}
	s.log.Write(failureLevel(what, err), 0, s.failure(what, err))
	s.mu.Lock()
	s.busy = false
	s.mu.Unlock()
	return err
}

func (s *Syslog) transmit(severity int, msg []byte) (string, error) {
	if s.conn == nil {
		conn, err := net.Dial(s.network, s.address)
		if err != nil {
			return "connect() failed", err
		}
		s.conn = conn
	}
	b := append(s.buf[:0], '<')
	b = strconv.AppendInt(b, int64(s.facility*8+severity), 10)
	b = append(b, '>')
	b = append(b, now().syslog...)
	b = append(b, ' ')
	if s.hostname != "" {
		b = append(b, s.hostname...)
		b = append(b, ' ')
	}
	b = append(b, s.tag...)
	b = append(b, ": "...)
	b = append(b, msg...)
	s.buf = b
	err := sendNow(s.conn, b)
	if err != nil && err != errNoRoom {
		s.conn.Close()
		s.conn = nil
	}
	return "send() failed", err
}

// errNoRoom is what sendNow returns for a datagram that the kernel has no room for.
var errNoRoom = errors.New("no room")

// failureLevel: a server that is not there is an error, anything else an alert, as nginx has it.
func failureLevel(what string, err error) Level {
	var errno syscall.Errno
	if what == "send() failed" && errors.As(err, &errno) {
		switch errno {
		case syscall.ECONNRESET, syscall.EPIPE, syscall.ENOTCONN, syscall.ETIMEDOUT, syscall.ECONNREFUSED,
			syscall.ENETDOWN, syscall.ENETUNREACH, syscall.EHOSTDOWN, syscall.EHOSTUNREACH:
			return Error
		}
	}
	return Alert
}

func (s *Syslog) failure(what string, err error) []byte {
	b := AppendErrno([]byte(what), err)
	return append(b, " while logging to syslog, server: "+s.Name()...)
}

// Name gives the server as nginx names it in messages.
func (s *Syslog) Name() string {
	if s.network == "unixgram" {
		return "unix:" + s.address
	}
	return s.address
}

// Close gives the socket back.
func (s *Syslog) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.conn != nil {
		s.conn.Close()
		s.conn = nil
	}
}
