// Package proxyprotocol reads the PROXY protocol, versions 1 and 2: the header by which a proxy tells whose connection it passes
// on (https://www.haproxy.org/download/1.8/doc/proxy-protocol.txt; `listen … proxy_protocol`).
package proxyprotocol

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Header is what a proxy says of a connection. Addresses are text, as the proxy sent them (version 1) or as nginx prints them.
type Header struct {
	Source, Destination         string
	SourcePort, DestinationPort uint16
	tlvs                        []byte // what stands behind the addresses of version 2
}

// MaxV1 is the longest header of version 1, bytes.
const MaxV1 = 107

const signature = "\r\n\r\n\x00\r\nQUIT\n"

// Parts of version 2's fixed head: signature, version and command, family and transport, length of the rest.
const (
	fixedSize      = len(signature) + 4
	commandProxy   = 1
	transportTCP   = 1
	familyIPv4     = 1
	familyIPv6     = 2
	addressesSize4 = 2*4 + 2*2
	addressesSize6 = 2*16 + 2*2
)

// errAddresses is nginx's silence about a version 2 header that is too short for its addresses.
var errAddresses = errors.New("")

// Parse reads the header that b begins with; it has to be there whole. n is its length; h is nil when it is sound and tells nothing
// (UNKNOWN, LOCAL, another family or transport). An error's text is nginx's; "" where nginx says nothing.
func Parse(b []byte) (h *Header, n int, err error) {
	if len(b) >= fixedSize && string(b[:len(signature)]) == signature {
		return parseV2(b)
	}
	h, n = parseV1(b)
	if n == 0 {
		line := b
		if end := bytes.IndexAny(b, "\r\n"); end >= 0 {
			line = b[:end]
		}
		return nil, 0, fmt.Errorf("broken header: \"%s\"", line)
	}
	return h, n, nil
}

// parseV1 reads `PROXY TCP4 SOURCE DESTINATION PORT PORT`, or `PROXY UNKNOWN …`; n is 0 when it is neither.
func parseV1(b []byte) (h *Header, n int) {
	text, ok := strings.CutPrefix(string(b[:min(len(b), MaxV1)]), "PROXY ")
	if !ok {
		return nil, 0
	}
	if strings.HasPrefix(text, "UNKNOWN") {
		if end := bytes.Index(b, []byte("\r\n")); end >= 0 {
			return nil, end + 2
		}
		return nil, 0
	}
	whole := len(text)
	if text, ok = cutFamily(text); !ok {
		return nil, 0
	}
	h = new(Header)
	if h.Source, text, ok = cutAddress(text); !ok {
		return nil, 0
	}
	if h.Destination, text, ok = cutAddress(text); !ok {
		return nil, 0
	}
	if h.SourcePort, text, ok = cutPort(text, " "); !ok {
		return nil, 0
	}
	if h.DestinationPort, text, ok = cutPort(text, "\r"); !ok {
		return nil, 0
	}
	if text, ok = strings.CutPrefix(text, "\n"); !ok {
		return nil, 0
	}
	return h, len("PROXY ") + whole - len(text)
}

func cutFamily(text string) (rest string, ok bool) {
	if rest, ok = strings.CutPrefix(text, "TCP4 "); ok {
		return rest, true
	}
	return strings.CutPrefix(text, "TCP6 ")
}

// cutAddress takes what consists of an address's characters up to the next space; nginx looks no closer.
func cutAddress(text string) (addr, rest string, ok bool) {
	addr, rest, ok = strings.Cut(text, " ")
	if !ok || strings.Trim(addr, ":.0123456789abcdefABCDEF") != "" {
		return "", "", false
	}
	return addr, rest, true
}

func cutPort(text, end string) (port uint16, rest string, ok bool) {
	digits, rest, ok := strings.Cut(text, end)
	if !ok {
		return 0, "", false
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	return uint16(n), rest, err == nil
}

func parseV2(b []byte) (h *Header, n int, err error) {
	if version := b[12] >> 4; version != 2 {
		return nil, 0, fmt.Errorf("unknown PROXY protocol version: %d", version)
	}
	n = fixedSize + int(binary.BigEndian.Uint16(b[14:]))
	if len(b) < n {
		return nil, 0, errors.New("header is too large")
	}
	command, family, transport := b[12]&0x0f, b[13]>>4, b[13]&0x0f
	if command != commandProxy || transport != transportTCP {
		return nil, n, nil
	}
	rest := b[fixedSize:n]
	switch family {
	case familyIPv4:
		if len(rest) < addressesSize4 {
			return nil, 0, errAddresses
		}
		h = &Header{
			Source: netip.AddrFrom4([4]byte(rest)).String(), Destination: netip.AddrFrom4([4]byte(rest[4:])).String(),
			SourcePort: binary.BigEndian.Uint16(rest[8:]), DestinationPort: binary.BigEndian.Uint16(rest[10:]),
		}
		rest = rest[addressesSize4:]
	case familyIPv6:
		if len(rest) < addressesSize6 {
			return nil, 0, errAddresses
		}
		h = &Header{
			Source: netip.AddrFrom16([16]byte(rest)).String(), Destination: netip.AddrFrom16([16]byte(rest[16:])).String(),
			SourcePort: binary.BigEndian.Uint16(rest[32:]), DestinationPort: binary.BigEndian.Uint16(rest[34:]),
		}
		rest = rest[addressesSize6:]
	default:
		return nil, n, nil
	}
	h.tlvs = bytes.Clone(rest)
	return h, n, nil
}
