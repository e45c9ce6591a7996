package proxyprotocol

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Field is a type-length-value field that `$proxy_protocol_tlv_NAME` names.
type Field struct {
	name   string
	inSSL  bool // a part of the field ssl
	verify bool // ssl_verify, a number of fixed place there
	typ    int
	err    error // the name means nothing
}

const typeSSL = 0x20

// sslHead is what the field ssl begins with, before its own fields: one byte of flags, four of verify.
const sslHead = 5

var (
	fieldTypes    = map[string]int{"alpn": 0x01, "authority": 0x02, "unique_id": 0x05, "ssl": typeSSL, "netns": 0x30}
	sslFieldTypes = map[string]int{"version": 0x21, "cn": 0x22, "cipher": 0x23, "sig_alg": 0x24, "key_alg": 0x25}
)

// ErrBroken is the error of fields that do not fill their places.
var ErrBroken = errors.New("broken PROXY protocol TLV")

// errShort is nginx's silence about an ssl field that is shorter than its head.
var errShort = errors.New("")

// FieldOf reads a field's name: alpn, authority, unique_id, ssl, netns, ssl_version, ssl_cn, ssl_cipher, ssl_sig_alg, ssl_key_alg,
// ssl_verify, 0xHEX or ssl_0xHEX. What is wrong with a name is told when the field is asked for, as nginx does.
func FieldOf(name string) Field {
	f := Field{name: name}
	types := fieldTypes
	rest, inSSL := strings.CutPrefix(name, "ssl_")
	if inSSL {
		f.inSSL, types = true, sslFieldTypes
		f.verify = rest == "verify"
	}
	if hex, ok := strings.CutPrefix(rest, "0x"); ok {
		n, err := strconv.ParseInt(hex, 16, 64)
		if err != nil {
			f.err = fmt.Errorf("invalid PROXY protocol TLV \"%s\"", rest)
		}
		f.typ = int(n)
		return f
	}
	typ, ok := types[rest]
	if f.typ = typ; !ok && !f.verify {
		f.err = fmt.Errorf("unknown PROXY protocol TLV \"%s\"", name)
	}
	return f
}

// Append appends a field's value. found is false where the header does not have it; err is for the log, "" where nginx is silent.
func (h *Header) Append(dst []byte, f *Field) (out []byte, found bool, err error) {
	if h == nil {
		return dst, false, nil
	}
	fields := h.tlvs
	if f.inSSL {
		ssl, found, err := lookup(fields, typeSSL)
		switch {
		case err != nil || !found:
			return dst, false, err
		case len(ssl) < sslHead:
			return dst, false, errShort
		case f.verify:
			return strconv.AppendUint(dst, uint64(binary.BigEndian.Uint32(ssl[1:])), 10), true, nil
		}
		fields = ssl[sslHead:]
	}
	if f.err != nil {
		return dst, false, f.err
	}
	value, found, err := lookup(fields, f.typ)
	return append(dst, value...), found, err
}

// lookup finds the first field of a type: one byte of type, two of length, the value.
func lookup(fields []byte, typ int) (value []byte, found bool, err error) {
	for len(fields) > 0 {
		if len(fields) < 3 {
			return nil, false, ErrBroken
		}
		end := 3 + int(binary.BigEndian.Uint16(fields[1:]))
		if len(fields) < end {
			return nil, false, ErrBroken
		}
		if int(fields[0]) == typ {
			return fields[3:end], true, nil
		}
		fields = fields[end:]
	}
	return nil, false, nil
}
