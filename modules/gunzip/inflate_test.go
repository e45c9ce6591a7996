package gunzip

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"iter"
	"math/rand/v2"
	"strings"
	"testing"
)

func packed(t testing.TB, text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// unpackPieces feeds a body by pieces, as unpack does.
func unpackPieces(in []byte, size int) (string, error) {
	b := new(body)
	b.next, b.stop = iter.Pull(b.decode)
	defer b.stop()
	var out strings.Builder
	for {
		b.in = in[:min(size, len(in))]
		in = in[len(b.in):]
		b.ended = len(b.in) == 0
		for {
			p, more := b.next()
			if !more {
				return out.String(), b.err
			}
			if p == nil {
				break
			}
			out.Write(p)
		}
	}
}

func TestUnpackingInPieces(t *testing.T) {
	random := make([]byte, 200<<10)
	source := rand.New(rand.NewPCG(1, 2))
	for i := range random {
		random[i] = byte(source.Uint32() % 50)
	}
	long := string(random)
	for _, c := range []struct {
		name string
		in   []byte
		want string
		err  error
	}{
		{"a text", packed(t, "hello"), "hello", nil},
		{"an empty text", packed(t, ""), "", nil},
		{"a long text", packed(t, long), long, nil},
		{"two members", append(packed(t, "one "), packed(t, "two")...), "one two", nil},
		{"cut short", packed(t, "hello")[:20], "hello", io.ErrUnexpectedEOF},
		{"nothing at all", nil, "", io.EOF},
		{"not compressed", []byte("not compressed at all"), "", gzip.ErrHeader},
		{"garbage behind the end", append(packed(t, "hello"), "garbage"...), "hello", nil},
	} {
		for _, size := range []int{1, 7, 4096, 1 << 20} {
			got, err := unpackPieces(c.in, size)
			if c.name == "garbage behind the end" {
				if err == nil {
					t.Errorf("%s in pieces of %d: no error", c.name, size)
				}
			} else if (err == nil) != (c.err == nil) || errors.Is(c.err, io.ErrUnexpectedEOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%s in pieces of %d: %v, want %v", c.name, size, err, c.err)
			}
			if !strings.HasPrefix(c.want, got) || c.err == nil && got != c.want {
				t.Errorf("%s in pieces of %d: %d bytes, want %d", c.name, size, len(got), len(c.want))
			}
		}
	}
}

func TestStoppingHalfWay(t *testing.T) {
	in := packed(t, strings.Repeat("hello", 100))
	b := new(body)
	b.next, b.stop = iter.Pull(b.decode)
	b.running = true
	b.in = in[:len(in)/2]
	if _, more := b.next(); !more {
		t.Fatal("it ended")
	}
	b.Drop()
	if _, more := b.next(); more {
		t.Error("it goes on")
	}
}

func FuzzUnpacking(f *testing.F) {
	f.Add(packed(f, "hello"), 3)
	f.Add([]byte{0x1f, 0x8b, 8, 4, 0, 0}, 1)
	f.Fuzz(func(t *testing.T, in []byte, size int) {
		if size <= 0 {
			size = 1
		}
		whole, wholeErr := unpackPieces(in, len(in)+1)
		got, err := unpackPieces(in, size)
		if (err == nil) != (wholeErr == nil) || err == nil && got != whole {
			t.Errorf("in pieces of %d %q, %v; at once %q, %v", size, got, err, whole, wholeErr)
		}
	})
}
