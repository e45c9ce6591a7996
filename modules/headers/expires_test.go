package headers

import (
	"testing"
	"time"
)

func TestExpiryIsRead(t *testing.T) {
	for _, c := range []struct {
		kind  expiryKind
		text  string
		want  expiry
		wrong string
	}{
		{sinceAccess, "epoch", expiry{epoch, 0}, ""},
		{sinceAccess, "max", expiry{forever, 0}, ""},
		{sinceAccess, "off", expiry{off, 0}, ""},
		{sinceAccess, "1h30m", expiry{sinceAccess, 5400}, ""},
		{sinceAccess, "+1d", expiry{sinceAccess, 86400}, ""},
		{sinceAccess, "-1", expiry{sinceAccess, -1}, ""},
		{sinceAccess, "@15h30m", expiry{daily, 55800}, ""},
		{sinceAccess, "@24h", expiry{daily, 86400}, ""},
		{sinceModified, "2h", expiry{sinceModified, 7200}, ""},
		{sinceAccess, "@25h", expiry{}, "daily time value must be less than 24 hours"},
		{sinceModified, "@1h", expiry{}, `daily time cannot be used with "modified" parameter`},
		{sinceModified, "max", expiry{}, "invalid value"},
		{sinceAccess, "", expiry{}, "invalid value"},
		{sinceAccess, "soon", expiry{}, "invalid value"},
	} {
		e := expiry{kind: c.kind}
		if wrong := e.read(c.text); wrong != c.wrong || wrong == "" && e != c.want {
			t.Errorf("%q: %+v, %q", c.text, e, wrong)
		}
	}
}

func TestDailyTimeIsTheNextOne(t *testing.T) {
	noon := time.Date(2026, 3, 4, 12, 0, 0, 0, time.Local).Unix()
	for _, c := range []struct{ seconds, want int64 }{
		{12*3600 + 1, noon + 1}, {13 * 3600, noon + 3600}, {12 * 3600, time.Date(2026, 3, 5, 12, 0, 0, 0, time.Local).Unix()},
		{0, time.Date(2026, 3, 5, 0, 0, 0, 0, time.Local).Unix()},
	} {
		if got := nextTime(noon, c.seconds); got != c.want {
			t.Errorf("%d: %d, want %d", c.seconds, got-noon, c.want-noon)
		}
	}
}
