package vars

import (
	"net/netip"
	"os"
	"strconv"

	"understudy/ascii"
	"understudy/config"
)

// Timed is a Subject that knows what time it is: Unix milliseconds, and a clock of its loop's to write it.
type Timed interface {
	Subject
	Time() (now int64, c *Clock)
}

// Process are the variables of the process and its time. The Subject is Timed.
var Process = []Def{
	constant("nginx_version", config.TableVersion),
	constant("hostname", hostName()),
	{Name: "pid", Get: func(_ Subject, dst []byte) ([]byte, bool) {
		return strconv.AppendInt(dst, int64(os.Getpid()), 10), true
	}},
	{Name: "msec", Get: func(s Subject, dst []byte) ([]byte, bool) {
		now, _ := s.(Timed).Time()
		return AppendSeconds(dst, now), true
	}},
	{Name: "time_iso8601", Get: func(s Subject, dst []byte) ([]byte, bool) {
		now, c := s.(Timed).Time()
		return c.iso(dst, now), true
	}},
	{Name: "time_local", Get: func(s Subject, dst []byte) ([]byte, bool) {
		now, c := s.(Timed).Time()
		return c.local(dst, now), true
	}},
}

func constant(name, value string) Def {
	return Def{Name: name, Get: func(_ Subject, dst []byte) ([]byte, bool) { return append(dst, value...), true }}
}

func hostName() string {
	h, _ := os.Hostname() // nginx ends when it has none; "" is as good as any other
	return ascii.ToLower(h)
}

// Addressed is a Subject with a client; its address is not valid if it is on a unix socket.
type Addressed interface {
	Subject
	ClientAddr() netip.AddrPort
}

// Client are the variables of the client's address. The Subject is Addressed.
var Client = []Def{
	{Name: "remote_addr", Get: func(s Subject, dst []byte) ([]byte, bool) {
		addr := s.(Addressed).ClientAddr()
		if !addr.IsValid() {
			return append(dst, "unix:"...), true
		}
		return addr.Addr().AppendTo(dst), true
	}},
	{Name: "binary_remote_addr", Get: func(s Subject, dst []byte) ([]byte, bool) {
		addr := s.(Addressed).ClientAddr()
		if !addr.IsValid() {
			return append(dst, "unix:"...), true
		}
		ip := addr.Addr()
		if ip.Is4() {
			b := ip.As4()
			return append(dst, b[:]...), true
		}
		b := ip.As16()
		return append(dst, b[:]...), true
	}},
	{Name: "remote_port", Get: func(s Subject, dst []byte) ([]byte, bool) {
		if port := s.(Addressed).ClientAddr().Port(); port != 0 {
			return strconv.AppendUint(dst, uint64(port), 10), true
		}
		return dst, true
	}},
}

// AppendSeconds appends milliseconds as nginx prints times: seconds and three digits.
func AppendSeconds(dst []byte, ms int64) []byte {
	dst = strconv.AppendInt(dst, ms/1000, 10)
	ms %= 1000
	return append(dst, '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10))
}
