package reactor

// Socket addresses between Go's types and the system's, Linux.

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// rawAddr is a socket address as the system takes it.
type rawAddr struct {
	any    unix.RawSockaddrAny
	size   uint32
	family int
}

// set makes it the address a.
func (s *rawAddr) set(a netip.AddrPort) {
	if a.Addr().Is4() {
		in := (*unix.RawSockaddrInet4)(unsafe.Pointer(&s.any))
		*in = unix.RawSockaddrInet4{Family: unix.AF_INET, Addr: a.Addr().As4()}
		setNetPort(&in.Port, a.Port())
		s.size, s.family = unix.SizeofSockaddrInet4, unix.AF_INET
		return
	}
	in := (*unix.RawSockaddrInet6)(unsafe.Pointer(&s.any))
	*in = unix.RawSockaddrInet6{Family: unix.AF_INET6, Addr: a.Addr().As16()}
	setNetPort(&in.Port, a.Port())
	if z := a.Addr().Zone(); z != "" {
		if ifi, err := net.InterfaceByName(z); err == nil {
			in.Scope_id = uint32(ifi.Index)
		} else if n, err := strconv.ParseUint(z, 10, 32); err == nil {
			in.Scope_id = uint32(n)
		}
	}
	s.size, s.family = unix.SizeofSockaddrInet6, unix.AF_INET6
}

// setUnix makes it the unix socket's path; a leading NUL or '@' is an abstract one's. The error is EINVAL: too long.
func (s *rawAddr) setUnix(path string) error {
	un := (*unix.RawSockaddrUnix)(unsafe.Pointer(&s.any))
	*un = unix.RawSockaddrUnix{Family: unix.AF_UNIX}
	s.family = unix.AF_UNIX
	abstract := path != "" && (path[0] == '@' || path[0] == 0)
	n := len(path)
	if !abstract {
		n++ // the final NUL
	}
	if n > len(un.Path) {
		return unix.EINVAL
	}
	for i := range len(path) {
		un.Path[i] = int8(path[i])
	}
	if abstract {
		un.Path[0] = 0
	}
	s.size = uint32(unsafe.Sizeof(un.Family)) + uint32(n)
	return nil
}

// addrPort reads an address the kernel filled in.
func addrPort(sa *unix.RawSockaddrAny) netip.AddrPort {
	switch sa.Addr.Family {
	case unix.AF_INET:
		in := (*unix.RawSockaddrInet4)(unsafe.Pointer(sa))
		return netip.AddrPortFrom(netip.AddrFrom4(in.Addr), netPort(&in.Port))
	case unix.AF_INET6:
		in := (*unix.RawSockaddrInet6)(unsafe.Pointer(sa))
		a := netip.AddrFrom16(in.Addr).Unmap()
		if in.Scope_id != 0 && a.Is6() {
			a = a.WithZone(strconv.FormatUint(uint64(in.Scope_id), 10))
		}
		return netip.AddrPortFrom(a, netPort(&in.Port))
	}
	return netip.AddrPort{}
}

func setNetPort(p *uint16, port uint16) {
	binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(p))[:], port)
}

// netPort reads a port kept in network byte order.
func netPort(p *uint16) uint16 { return binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(p))[:]) }

func (c *Conn) sysLocal() netip.AddrPort {
	if c.port != nil {
		return addrOf(c.port.nc.LocalAddr())
	}
	return localOf(int(c.slot))
}
