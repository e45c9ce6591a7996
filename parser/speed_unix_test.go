//go:build unix

package parser

import (
	"syscall"
	"testing"
	"time"
)

// TestTimeGrowsAsTheFileDoes tells a reader whose time grows with the square of the length from one that is linear: four times
// the text may take twice four times as long, in the best of a few tries, for the collector also runs. It is the processor's time: on a
// busy machine the long text never has it for itself.
func TestTimeGrowsAsTheFileDoes(t *testing.T) {
	spent := func(text string) time.Duration {
		start := processorTime(t)
		if _, err := readAll(text); err != nil {
			t.Error(err)
		}
		return processorTime(t) - start
	}
	short, long := longConf(5_000), longConf(20_000)
	var shortest, longest time.Duration = 1 << 62, 1 << 62
	for range 50 {
		shortest, longest = min(shortest, spent(short)), min(longest, spent(long))
		if longest <= 8*shortest {
			return
		}
	}
	t.Errorf("%v for 5,000 lines, %v for 20,000", shortest, longest)
}

// processorTime is what the process has had so far.
func processorTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
