package cache

import (
	"testing"

	"understudy/http1"
)

// FuzzHeader: whatever lies on the disk, reading it does not panic, and what it gives lies inside the file.
func FuzzHeader(f *testing.F) {
	l := Lookup{text: []byte("key"), crc: 1, Meta: Meta{ValidSec: 1, ETag: []byte("\"e\""), Vary: []byte("Accept")}}
	l.bodyStart = l.HeaderStart() + len(head)
	l.length = int64(l.bodyStart) + 4
	whole := append(append(l.appendKey(l.appendHeader(nil)), head...), "body"...)
	f.Add(whole)
	f.Add(whole[:headerSize])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		l := Lookup{text: []byte("key"), crc: 1, length: int64(len(b))}
		m, bodyStart, _, err := l.readHeader(b, 4096)
		if err != nil {
			return
		}
		if bodyStart > len(b) || bodyStart < l.HeaderStart() || len(m.ETag) > maxTag || len(m.Vary) > maxTag {
			t.Errorf("body at %d of %d bytes", bodyStart, len(b))
		}
	})
}

// FuzzJudge: whatever an upstream sends, a time to keep it is not negative.
func FuzzJudge(f *testing.F) {
	for _, text := range []string{"Cache-Control: max-age=60, stale-if-error=5", "Cache-Control: max-age=99999999999999999999", "X-Accel-Expires: @-1",
		"Expires: x", "Vary: a\r\nVary: b", "Cache-Control: s-maxage=", "X-Accel-Expires: +5"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var r http1.Response
		b := []byte("HTTP/1.1 200 OK\r\n" + text + "\r\n\r\n")
		if n, err := r.Parse(b); err != nil || n == 0 {
			return
		}
		v := Judge(&r, b, Ignored{}, 1e9, nil)
		if v.ValidSec < 0 || v.UpdatingSec < 0 || v.ErrorSec < 0 || len(v.Vary) > MaxVary && !v.Never {
			t.Errorf("%+v", v)
		}
	})
}
