package ssi

import (
	"testing"
	"time"
)

// The wanted texts are those of date(1) of GNU coreutils in the C locale.
func TestDatesAreFormattedAsInC(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	for _, c := range []struct {
		at           time.Time
		format, want string
	}{
		{time.Date(2026, 11, 22, 21, 5, 9, 0, berlin), "%A, %d-%b-%Y %H:%M:%S %Z", "Sunday, 22-Nov-2026 21:05:09 CET"},
		{time.Date(2026, 11, 22, 21, 5, 9, 0, berlin), "%a %B %h|%c|%D|%F|%x|%X|%R|%r|%T", "Sun November Nov|Sun Nov 22 21:05:09 2026|11/22/26|2026-11-22|11/22/26|21:05:09|21:05|09:05:09 PM|21:05:09"},
		{time.Date(2026, 11, 22, 21, 5, 9, 0, berlin), "%C %e %g %G %j %k %l %P %p %u %U %w %W %V %y %s", "20 22 26 2026 326 21  9 pm PM 7 47 0 46 47 26 1795377909"},
		{time.Date(2026, 11, 22, 21, 5, 9, 0, berlin), "%z %:z %::z|%^a %#Z %#p %^B|%5d %-d %_m %010Y %EY %Od", "+0100 +01:00 +01:00:00|SUN cet pm NOVEMBER|00022 22 11 0000002026 2026 22"},
		{time.Date(2027, 1, 1, 0, 4, 0, 0, time.UTC), "%I %l %g-%G-%V %U %W %j %-I%%", "12 12 26-2026-53 00 00 001 12%"},
		{time.Date(2024, 12, 30, 12, 0, 0, 0, time.UTC), "%G-%V %U %W %p%n%t|", "2025-01 52 53 PM\n\t|"},
		{time.Date(2024, 12, 30, 12, 0, 0, 0, time.UTC), "%Q %", "%Q %"},
	} {
		if got := string(appendTime(nil, c.format, c.at)); got != c.want {
			t.Errorf("%s\n got %q\nwant %q", c.format, got, c.want)
		}
	}
}
