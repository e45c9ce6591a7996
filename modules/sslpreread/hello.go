package sslpreread

import "bytes"

// hello is what a TLS client's first message tells (RFC 8446, 4.1.2).
type hello struct {
	major, minor byte
	name         []byte // of the server, as it was sent
	protocols    []byte // ALPN's, separated by commas
}

// outcome of reading a hello.
type outcome uint8

const (
	incomplete outcome = iota
	foreign            // not a hello that can be read
	found
)

// Record and message types, and the extensions that are looked at.
const (
	recordHead       = 5
	recordHandshake  = 22
	messageHead      = 4
	messageHello     = 1
	extensionName    = 0
	extensionALPN    = 16
	extensionVersion = 43
)

// parse reads the hello that b begins with (ngx_stream_ssl_preread_handler); it may lie in several records.
func (h *hello) parse(b []byte) outcome {
	var message []byte
	for len(b) >= recordHead {
		switch {
		case b[0]&0x80 != 0 && b[2] == 1 && (b[3] == 0 || b[3] == 3): // a version 2 hello, which names nobody
			h.major, h.minor = b[3], b[4]
			return found
		case b[0] != recordHandshake || b[1] != 3:
			return foreign
		}
		size := int(b[3])<<8 + int(b[4])
		if len(b)-recordHead < size {
			return incomplete
		}
		message = append(message, b[recordHead:recordHead+size]...)
		b = b[recordHead+size:]
		if len(message) < messageHead {
			continue
		}
		if message[0] != messageHello {
			return foreign
		}
		length := int(message[1])<<16 + int(message[2])<<8 + int(message[3])
		if len(message)-messageHead >= length {
			return h.read(message[messageHead : messageHead+length])
		}
	}
	return incomplete
}

// read reads the message's body.
func (h *hello) read(b []byte) outcome {
	r := reader{b, true}
	version := r.take(2)
	r.take(32)               // random
	r.take(int(r.number(1))) // session
	r.take(int(r.number(2))) // ciphers
	r.take(int(r.number(1))) // compressions
	if !r.ok {
		return foreign
	}
	h.major, h.minor = version[0], version[1]
	if len(r.b) == 0 {
		return found
	}
	r.take(2) // length of all extensions
	for r.ok && len(r.b) > 0 {
		kind := r.number(2)
		ext := reader{r.take(int(r.number(2))), true}
		switch {
		case !r.ok:
			return foreign
		case kind == extensionName && h.name == nil:
			ext.number(2)
			if ext.number(1) != 0 {
				return foreign
			}
			h.name = ext.take(int(ext.number(2)))
		case kind == extensionALPN && h.protocols == nil:
			h.readProtocols(&ext)
		case kind == extensionVersion:
			h.major, h.minor = 3, 4
		}
		if !ext.ok {
			return foreign
		}
	}
	if !r.ok {
		return foreign
	}
	h.name = bytes.Clone(h.name)
	return found
}

func (h *hello) readProtocols(r *reader) {
	list := reader{r.take(int(r.number(2))), true}
	for len(list.b) > 0 && list.ok {
		p := list.take(int(list.number(1)))
		if len(p) == 0 {
			list.ok = false
		}
		if h.protocols != nil {
			h.protocols = append(h.protocols, ',')
		}
		h.protocols = append(h.protocols, p...)
	}
	r.ok = r.ok && list.ok
}

// reader takes bytes off; ok ends when there are too few.
type reader struct {
	b  []byte
	ok bool
}

func (r *reader) take(n int) []byte {
	if !r.ok || n > len(r.b) {
		r.ok, r.b = false, nil
		return nil
	}
	p := r.b[:n]
	r.b = r.b[n:]
	return p
}

func (r *reader) number(size int) (n int) {
	for _, c := range r.take(size) {
		n = n<<8 + int(c)
	}
	return n
}

// version is the name of the highest version that the client offers.
func (h *hello) version() string {
	switch [2]byte{h.major, h.minor} {
	case [2]byte{0, 2}:
		return "SSLv2"
	case [2]byte{3, 0}:
		return "SSLv3"
	case [2]byte{3, 1}:
		return "TLSv1"
	case [2]byte{3, 2}:
		return "TLSv1.1"
	case [2]byte{3, 3}:
		return "TLSv1.2"
	case [2]byte{3, 4}:
		return "TLSv1.3"
	}
	return ""
}
