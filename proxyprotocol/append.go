package proxyprotocol

import (
	"encoding/binary"
	"hash/crc32"
	"net/netip"
	"strconv"
)

// AppendV1 appends a header of version 1 for a connection from source to destination; addresses that are not valid, those of a unix
// socket, are UNKNOWN.
func AppendV1(dst []byte, source, destination netip.AddrPort) []byte {
	switch {
	case !source.IsValid():
		return append(dst, "PROXY UNKNOWN\r\n"...)
	case source.Addr().Is4():
		dst = append(dst, "PROXY TCP4 "...)
	default:
		dst = append(dst, "PROXY TCP6 "...)
	}
	dst = append(source.Addr().AppendTo(dst), ' ')
	dst = append(destination.Addr().AppendTo(dst), ' ')
	dst = append(strconv.AppendUint(dst, uint64(source.Port()), 10), ' ')
	return append(strconv.AppendUint(dst, uint64(destination.Port()), 10), "\r\n"...)
}

// typeCRC is the field that holds a header's CRC-32C, which is counted with zeros in its place.
const typeCRC = 0x03

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// AppendV2 appends a header of version 2, with its checksum. Two IPv4 addresses in IPv6 clothes are IPv4; where only one side is IPv6
// the other one is dressed so, too.
func AppendV2(dst []byte, source, destination netip.AddrPort) []byte {
	start := len(dst)
	dst = append(dst, signature...)
	from, to := source.Addr(), destination.Addr()
	switch {
	case !from.IsValid() || !to.IsValid():
		dst = append(dst, 0x20, 0, 0, 0) // LOCAL
	case from.Unmap().Is4() && to.Unmap().Is4():
		a, b := from.As4(), to.As4()
		dst = append(dst, 0x20|commandProxy, familyIPv4<<4|transportTCP, 0, 0)
		dst = append(append(dst, a[:]...), b[:]...)
		dst = binary.BigEndian.AppendUint16(dst, source.Port())
		dst = binary.BigEndian.AppendUint16(dst, destination.Port())
	default:
		a, b := from.As16(), to.As16()
		dst = append(dst, 0x20|commandProxy, familyIPv6<<4|transportTCP, 0, 0)
		dst = append(append(dst, a[:]...), b[:]...)
		dst = binary.BigEndian.AppendUint16(dst, source.Port())
		dst = binary.BigEndian.AppendUint16(dst, destination.Port())
	}
	dst = append(dst, typeCRC, 0, 4, 0, 0, 0, 0)
	header := dst[start:]
	binary.BigEndian.PutUint16(header[len(signature)+2:], uint16(len(header)-fixedSize))
	binary.BigEndian.PutUint32(header[len(header)-4:], crc32.Checksum(header, castagnoli))
	return dst
}
