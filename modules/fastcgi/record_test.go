package fastcgi

import (
	"testing"
)

// collect reads text in pieces of n bytes.
func collect(text []byte, n int) (out, errs string, r reader, ends bool) {
	for len(text) > 0 {
		p := text[:min(n, len(text))]
		text = text[len(p):]
		for {
			ev, content, rest := r.next(p)
			p = rest
			switch ev {
			case stdout:
				out += string(content)
			case stderr:
				errs += string(content)
			case finished:
				return out, errs, r, true
			case faulty:
				return out, errs, r, false
			}
			if ev == needMore {
				break
			}
		}
	}
	return out, errs, r, false
}

func FuzzRecords(f *testing.F) {
	f.Add([]byte("\x01\x06\x00\x01\x00\x03\x05\x00abc\x00\x00\x00\x00\x00\x01\x07\x00\x01\x00\x01\x00\x00e\x01\x06\x00\x01\x00\x00\x00\x00\x01\x03\x00\x01\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), 1)
	f.Add([]byte("\x01\x06\x00\x01\xff\xff\xff\x00abc"), 2)
	f.Add([]byte("\x02"), 1)
	f.Add([]byte("\x01\x03\x00\x01\x00\x00\x00\x00"), 3)
	f.Fuzz(func(t *testing.T, text []byte, n int) {
		if n <= 0 || n > 1<<16 {
			return
		}
		out, errs, whole, ends := collect(text, len(text)+1)
		out2, errs2, pieces, ends2 := collect(text, n)
		if out != out2 || errs != errs2 || ends != ends2 || whole.fault != pieces.fault {
			t.Errorf("at once %q %q %t %q, in pieces of %d %q %q %t %q", out, errs, ends, whole.fault, n, out2, errs2, ends2, pieces.fault)
		}
		if len(out)+len(errs) > len(text) {
			t.Error("more has come out than went in")
		}
	})
}

func TestARecordIsAlignedToEightBytes(t *testing.T) {
	for n := range 20 {
		b := appendPadding(append(appendHeader(nil, typeStdin, n), make([]byte, n)...), n)
		if len(b)%8 != 0 || len(b) >= headerSize+n+8 || int(b[4])<<8|int(b[5]) != n || int(b[6]) != len(b)-headerSize-n {
			t.Errorf("%d bytes: % x", n, b)
		}
	}
}

func TestANameOrValueOfMoreThan127BytesHasALengthOfFour(t *testing.T) {
	long := make([]byte, 300)
	if b := appendPair(nil, long[:127], long[:128]); string(b[:5]) != "\x7f\x80\x00\x00\x80" || len(b) != 5+255 {
		t.Errorf("% x", b[:5])
	}
	if b := appendPair(nil, long, nil); string(b[:5]) != "\x80\x00\x01\x2c\x00" || len(b) != 305 {
		t.Errorf("% x", b[:5])
	}
}
