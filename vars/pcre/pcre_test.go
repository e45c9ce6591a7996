package pcre

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"testing"
)

// compile.jsonl holds [pattern, answer] as nginx 1.22.1 (PCRE2 10.42) gave them for `map $args $x { "~PATTERN" 1; }`.
func recorded(t testing.TB) (rows [][2]string) {
	t.Helper()
	f, err := os.Open("testdata/compile.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var row [2]string
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		var latin []byte // the file spells bytes as the first 256 characters
		for _, r := range row[0] {
			latin = append(latin, byte(r))
		}
		row[0] = string(latin)
		rows = append(rows, row)
	}
	return rows
}

func TestMistakesAreReportedAsNginxReportsThem(t *testing.T) {
	for _, row := range recorded(t) {
		pattern, want := row[0], row[1]
		_, err := Parse(pattern, false)
		var unsupported *UnsupportedError
		got := "ok"
		if err != nil && !errors.As(err, &unsupported) {
			got = err.Error()
		}
		if want == `the duplicate "host" variable` {
			want = "ok"
		}
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", pattern, got, want)
		}
	}
}
