//go:build linux

package reactor

import "testing"

func TestForecastFollowsTheRhythmOfWaits(t *testing.T) {
	for _, tt := range []struct {
		name  string
		waits string // s = short, l = long
		wrong int    // forecasts that may fail, those of learning included
	}{
		{"busy", "ssssssssssss", 2},
		{"idle", "llllllllllll", 0},
		{"a lone request passed on", "lslslslslsls", 1},
		{"a burst in between", "llllssssssllll", 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var f forecast
			wrong := 0
			for _, w := range tt.waits {
				if f.short() != (w == 's') {
					wrong++
				}
				f.learn(w == 's')
			}
			if wrong > tt.wrong {
				t.Errorf("%d wrong forecasts, want at most %d", wrong, tt.wrong)
			}
		})
	}
}
