package http2

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/http2/hpack"
)

// decode gives the fields of a block that comes in pieces of n bytes, "name: value" each.
func decode(d *decoder, b []byte, n int) ([]string, *blockError) {
	var list []string
	emit := func(name, value string) *blockError {
		list = append(list, strings.Clone(name)+": "+strings.Clone(value))
		return nil
	}
	for len(b) > 0 {
		m := min(n, len(b))
		if err := d.write(b[:m], emit); err != nil {
			d.release()
			return list, err
		}
		b = b[m:]
	}
	return list, d.end()
}

func TestBlocksAreReadAsNginxDoes(t *testing.T) {
	long := strings.Repeat("x", 101)
	for _, c := range []struct {
		name, block string
		want        string
		err         *blockError
	}{
		{name: "out of the static table", block: "\x82\x84", want: ":method: GET, :path: /"},
		{name: "name out of the static table", block: "\x44\x02/x", want: ":path: /x"},
		{name: "new", block: "\x00\x01a\x01b", want: "a: b"},
		{name: "never indexed", block: "\x10\x01a\x00", want: "a: "},
		{name: "kept and used again", block: "\x40\x01a\x01b\xbe\x7e\x01c", want: "a: b, a: b, a: c"},
		{name: "dropped from a table of another size", block: "\x40\x01a\x01b\x20\xbe", want: "a: b", err: errIndex},
		{name: "Huffman", block: "\x44\x82\x63\x87", want: ":path: /U", err: nil},
		{name: "Huffman with a byte of padding", block: "\x44\x83\x63\x87\xff", want: ":path: /U"},
		{name: "Huffman with two", block: "\x44\x84\x63\x87\xff\xff", err: errHuffman},
		{name: "nothing at 0", block: "\x80", err: errIndex},
		{name: "nothing behind the table", block: "\xbe", err: errIndex},
		{name: "a name that is not in the table", block: "\x7f\x00\x01a", err: errIndex},
		{name: "a number of four bytes", block: "\xff\x80\x80\x00", err: errIndex},
		{name: "a number of five bytes", block: "\xff\x80\x80\x80\x00", err: errLongIndex},
		{name: "a size of five bytes", block: "\x3f\x80\x80\x80\x00", err: errLongUpdate},
		{name: "a length of five bytes", block: "\x00\x7f\x80\x80\x80\x00", err: errLongLength},
		{name: "a table that is too large", block: "\x3f\xe2\x1f", err: errUpdate},
		{name: "the largest table", block: "\x3f\xe1\x1f"},
		{name: "no name", block: "\x00\x00\x00", err: errNoName},
		{name: "a value that is too long", block: "\x00\x01a\x65" + long, err: errLongString},
		{name: "cut in a number", block: "\xff", err: errCut},
		{name: "cut behind the name", block: "\x00\x01a", err: errCut},
		{name: "cut in the value", block: "\x00\x01a\x02b", err: errCut},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			for _, n := range []int{1, 2, 100} {
				var d decoder
				d.begin(100)
				list, err := decode(&d, []byte(c.block), n)
				if got := strings.Join(list, ", "); got != c.want || err != c.err {
					t.Errorf("in pieces of %d: %q, %v", n, got, err)
				}
			}
		})
	}
}

func TestTheTableKeepsWhatHasRoom(t *testing.T) {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	var d decoder
	d.begin(8192)
	for round := range 300 {
		b.Reset()
		var want []string
		for i := range 5 {
			f := hpack.HeaderField{Name: "name-" + strings.Repeat("n", (round*7+i)%40), Value: strings.Repeat("v", (round*13+i*31)%500)}
			want = append(want, f.Name+": "+f.Value)
			if err := e.WriteField(f); err != nil {
				t.Fatal(err)
			}
		}
		got, err := decode(&d, b.Bytes(), 1+round%97)
		if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Fatalf("round %d: %v\n%q\n%q", round, err, got, want)
		}
	}
	if n := cap(d.table.data); n > 4*tableSize {
		t.Errorf("the table has %d bytes", n)
	}
}

// FuzzBlock holds the decoder against itself, with the block cut in another way, and against package hpack, which takes less.
func FuzzBlock(f *testing.F) {
	f.Add([]byte("\x82\x84\x40\x01a\x01b\xbe\x7e\x01c"), 1)
	f.Add([]byte("\x44\x83\x63\x87\xff"), 2)
	f.Add([]byte("\x3f\xe1\x1f\x00\x01a\x02bb"), 3)
	f.Fuzz(func(t *testing.T, block []byte, n int) {
		n = max(1, n&0xff)
		var whole, pieces decoder
		whole.begin(1000)
		pieces.begin(1000)
		a, aErr := decode(&whole, block, len(block)+1)
		b, bErr := decode(&pieces, block, n)
		if strings.Join(a, "\n") != strings.Join(b, "\n") || aErr != bErr {
			t.Fatalf("in one piece %q, %v; in pieces of %d %q, %v", a, aErr, n, b, bErr)
		}
		theirs := hpack.NewDecoder(tableSize, nil)
		theirs.SetMaxStringLength(1000)
		list, err := theirs.DecodeFull(block)
		if err != nil || aErr != nil {
			return
		}
		var want []string
		for _, h := range list {
			want = append(want, h.Name+": "+h.Value)
		}
		if strings.Join(a, "\n") != strings.Join(want, "\n") {
			t.Fatalf("got %q, package hpack has %q", a, want)
		}
	})
}

func TestFieldsCostNoAllocation(t *testing.T) {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	e.SetMaxDynamicTableSize(0)
	for _, name := range []string{":method", "user-agent", "accept"} {
		_ = e.WriteField(hpack.HeaderField{Name: name, Value: "{{{{"}) // Huffman codes would be longer
	}
	var d decoder
	d.begin(1000)
	emit := func(string, string) *blockError { return nil }
	if n := testing.AllocsPerRun(100, func() {
		if err := d.write(b.Bytes(), emit); err != nil {
			t.Fatal(err.text)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
