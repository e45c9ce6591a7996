package http2

import (
	"sync"

	"golang.org/x/net/http2/hpack"
)

// decoder reads header blocks (RFC 7541) as they come, cut anywhere. It takes what nginx takes: numbers of at most four bytes,
// Huffman codes with a whole byte of padding.
type decoder struct {
	table table
	step  fieldStep
	kind  fieldKind
	huff  bool
	num   [4]byte // a number that is not complete
	numN  int
	want  int // length of the string that comes
	index int // where the name is from; 0 = it comes

	most int // longest string, as it is sent
	text *texts
}

// texts is what a decoder needs while a block comes.
type texts struct{ raw, name, value []byte }

var textsPool = sync.Pool{New: func() any { return new(texts) }}

type fieldStep uint8

const (
	fieldStart fieldStep = iota
	fieldNameLength
	fieldName
	fieldValueLength
	fieldValue
)

type fieldKind uint8

const (
	plainField   fieldKind = iota
	keptField              // enters the table
	indexedField           // is in the table
	sizeUpdate
)

// blockError is what is wrong with a header block.
type blockError struct {
	code code
	text string
}

var (
	errLongIndex  = &blockError{compressionError, "client sent header block with too long header index value"}
	errLongUpdate = &blockError{compressionError, "client sent header block with too long size update value"}
	errLongLength = &blockError{compressionError, "client sent header field with too long length value"}
	errIndex      = &blockError{compressionError, "client sent invalid hpack table index"}
	errUpdate     = &blockError{compressionError, "client sent invalid table size update"}
	errHuffman    = &blockError{compressionError, "client sent invalid encoded header field"}
	errLongString = &blockError{enhanceYourCalm, "client sent too large header field"}
	errNoName     = &blockError{protocolError, "client sent zero header name length"}
	errCut        = &blockError{frameSizeError, "client sent header block with incorrect length"}
)

// begin prepares for blocks whose strings have up to most bytes.
func (d *decoder) begin(most int) { *d = decoder{most: most, table: table{max: tableSize}} }

// write takes a piece of a block; each field that is complete is given to emit, whose arguments are valid during the call only.
func (d *decoder) write(p []byte, emit func(name, value string) *blockError) *blockError {
	if d.text == nil {
		d.text = textsPool.Get().(*texts)
	}
	for len(p) > 0 {
		var err *blockError
		switch d.step {
		case fieldStart:
			p, err = d.begun(p, emit)
		case fieldNameLength, fieldValueLength:
			p, err = d.length(p)
		default:
			p, err = d.string(p, emit)
		}
		if err != nil {
			return err
		}
		if (d.step == fieldName || d.step == fieldValue) && d.want == 0 {
			if err := d.stringDone(nil, emit); err != nil {
				return err
			}
		}
	}
	return nil
}

// end tells that the block is over.
func (d *decoder) end() *blockError {
	d.release()
	if d.step != fieldStart || d.numN > 0 {
		return errCut
	}
	return nil
}

// release gives back what is needed while a block comes only.
func (d *decoder) release() {
	if t := d.text; t != nil {
		d.text = nil
		if cap(t.raw)+cap(t.name)+cap(t.value) <= 64<<10 {
			t.raw = t.raw[:0]
			textsPool.Put(t)
		}
	}
}

// number reads a number with a prefix of n bits (RFC 7541, 5.1); done is false while bytes are missing.
func (d *decoder) number(p []byte, n uint, long *blockError) (value int, rest []byte, done bool, err *blockError) {
	for i, c := range p {
		d.num[d.numN] = c
		d.numN++
		prefix := 1<<n - 1
		value = int(d.num[0]) & prefix
		switch {
		case d.numN == 1 && value == prefix, d.numN > 1 && c >= 0x80:
			if d.numN == len(d.num) {
				return 0, nil, false, long
			}
			continue
		}
		for j, shift := 1, 0; j < d.numN; j, shift = j+1, shift+7 {
			value += int(d.num[j]&0x7f) << shift
		}
		d.numN = 0
		return value, p[i+1:], true, nil
	}
	return 0, nil, false, nil
}

// begun reads how a field is sent.
func (d *decoder) begun(p []byte, emit func(name, value string) *blockError) ([]byte, *blockError) {
	first := p[0]
	if d.numN > 0 {
		first = d.num[0]
	}
	bits, long := uint(4), errLongIndex
	d.kind = plainField
	switch {
	case first >= 0x80:
		d.kind, bits = indexedField, 7
	case first >= 0x40:
		d.kind, bits = keptField, 6
	case first >= 0x20:
		d.kind, bits, long = sizeUpdate, 5, errLongUpdate
	}
	n, rest, done, err := d.number(p, bits, long)
	if !done || err != nil {
		return rest, err
	}
	switch d.kind {
	case sizeUpdate:
		if !d.table.resize(n) {
			return nil, errUpdate
		}
	case indexedField:
		name, value, ok := d.table.get(n)
		if !ok {
			return nil, errIndex
		}
		return rest, emit(name, value)
	default:
		if d.index = n; n == 0 {
			d.step = fieldNameLength
			break
		}
		name, _, ok := d.table.get(n)
		if !ok {
			return nil, errIndex
		}
		d.text.name = append(d.text.name[:0], name...) // the table may drop it when the value enters
		d.step = fieldValueLength
	}
	return rest, nil
}

// length reads the length of a string.
func (d *decoder) length(p []byte) ([]byte, *blockError) {
	first := p[0]
	if d.numN > 0 {
		first = d.num[0]
	}
	n, rest, done, err := d.number(p, 7, errLongLength)
	if !done || err != nil {
		return rest, err
	}
	if n > d.most {
		return nil, errLongString
	}
	d.huff, d.want = first >= 0x80, n
	d.step++
	d.text.raw = d.text.raw[:0]
	return rest, nil
}

// string takes bytes of a string.
func (d *decoder) string(p []byte, emit func(name, value string) *blockError) ([]byte, *blockError) {
	n := d.want - len(d.text.raw)
	if len(p) < n {
		d.text.raw = append(d.text.raw, p...)
		return nil, nil
	}
	whole := p[:n]
	if len(d.text.raw) > 0 {
		d.text.raw = append(d.text.raw, whole...)
		whole = d.text.raw
	}
	return p[n:], d.stringDone(whole, emit)
}

// stringDone takes a complete string, as it was sent.
func (d *decoder) stringDone(raw []byte, emit func(name, value string) *blockError) *blockError {
	d.want = 0
	into := &d.text.value
	if d.step == fieldName {
		into = &d.text.name
	}
	*into = (*into)[:0]
	if d.huff {
		if _, err := hpack.HuffmanDecode((*sink)(into), raw); err != nil {
			*into = (*into)[:0]
			if len(raw) == 0 || raw[len(raw)-1] != 0xff {
				return errHuffman
			}
			if _, err := hpack.HuffmanDecode((*sink)(into), raw[:len(raw)-1]); err != nil {
				return errHuffman
			}
		}
	} else {
		*into = append(*into, raw...)
	}
	if d.step == fieldName {
		if len(d.text.name) == 0 {
			return errNoName
		}
		d.step = fieldValueLength
		return nil
	}
	d.step = fieldStart
	name, value := text(d.text.name), text(d.text.value)
	if d.kind == keptField {
		d.table.add(name, value)
	}
	return emit(name, value)
}

// sink is a slice to write to.
type sink []byte

func (s *sink) Write(p []byte) (int, error) {
	*s = append(*s, p...)
	return len(p), nil
}
