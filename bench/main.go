// Command bench runs nginx and Understudy in turn on the same configurations and prints what Understudy costs in
// proportion to nginx: processor time per request, kilobytes per tunnel, latency. Ratios of one run on one machine are
// what it is for; the absolute figures beside them are not comparable with another machine's.
//
// The exit code is 1 when a row could not be measured. A slow result is no failure.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// settings are the command-line flags.
type settings struct {
	nginx, bin string
	only       string
	rounds     int
	seconds    int
	tunnels    int
}

func main() {
	// The echo application of the tunnel rows is this program in a process of its own.
	if len(os.Args) == 3 && os.Args[1] == echoRole {
		fail(serveEcho(os.Args[2]))
		return
	}
	var s settings
	flag.StringVar(&s.nginx, "nginx", "nginx", "the nginx to compare with")
	flag.StringVar(&s.bin, "bin", "", "the program to measure; built from ./cmd/understudy if not given")
	flag.StringVar(&s.only, "only", "", "comma-separated names of rows to run; all if not given: "+strings.Join(rowNames(), " "))
	flag.IntVar(&s.rounds, "rounds", 5, "how often each side is loaded, in turn; medians are printed")
	flag.IntVar(&s.seconds, "seconds", 2, "length of one load in seconds")
	flag.IntVar(&s.tunnels, "tunnels", 5000, "idle WebSocket tunnels to hold")
	flag.Parse()
	fail(run(s))
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(s settings) error {
	if s.rounds < 1 || s.rounds > 100 || s.seconds < 1 || s.seconds > 60 || s.tunnels < 1 || s.tunnels > 9000 {
		return errors.New("rounds 1 to 100, seconds 1 to 60, tunnels 1 to 9000")
	}
	chosen, err := chooseRows(s.only)
	if err != nil {
		return err
	}
	for _, tool := range []string{s.nginx, "wrk"} {
		if _, err := exec.LookPath(tool); err != nil {
			return err
		}
	}
	if s.bin == "" {
		dir, err := os.MkdirTemp("", "bench-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		if s.bin, err = build(dir); err != nil {
			return err
		}
	}
	b, err := startBackends(s.nginx)
	if err != nil {
		return err
	}
	defer b.stop()

	sides := []side{{"nginx", s.nginx, version(s.nginx)}, {"understudy", s.bin, version(s.bin)}}
	fmt.Printf("A  %s  %s\nB  %s  %s\n%d rounds of %d s, A and B in turn; one worker, one loop; ratio = B/A of each round, median [least – most]\n\n",
		sides[0].bin, sides[0].version, sides[1].bin, sides[1].version, s.rounds, s.seconds)
	var failed []string
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "row\twhat\tA\tB\tratio\tspread\tgoal")
	for _, r := range chosen {
		fmt.Fprintf(os.Stderr, "%s %s …\n", time.Now().Format("15:04:05"), r.name)
		results, err := r.measure(s, b, sides)
		if err != nil {
			failed = append(failed, r.name)
			fmt.Fprintf(table, "%s\tFAILED\t\t\t\t\t%s\n", r.name, r.goal)
			fmt.Fprintf(os.Stderr, "%s: %v\n", r.name, err)
			continue
		}
		for _, line := range results {
			fmt.Fprintln(table, line.String())
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if len(failed) > 0 {
		return fmt.Errorf("%d of %d rows failed: %s", len(failed), len(chosen), strings.Join(failed, " "))
	}
	return nil
}

// side is one of the two programs that are compared.
type side struct{ label, bin, version string }

func version(bin string) string {
	out, err := exec.Command(bin, "-v").CombinedOutput()
	if err != nil {
		return err.Error()
	}
	return strings.TrimPrefix(strings.TrimSpace(string(out)), "nginx version: ")
}

func build(dir string) (string, error) {
	bin := filepath.Join(dir, "understudy")
	out, err := exec.Command("go", "build", "-o", bin, "understudy/cmd/understudy").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return bin, nil
}

// figures are one quantity of one row: a value per side and round.
type figures struct {
	row, what, format, goal string
	a, b                    []float64
}

// String is the table's line.
func (f figures) String() string {
	ratios := make([]float64, len(f.a))
	for i := range f.a {
		ratios[i] = f.b[i] / f.a[i]
	}
	return fmt.Sprintf("%s\t%s\t"+f.format+"\t"+f.format+"\t%.2f\t[%.2f – %.2f]\t%s", f.row, f.what, median(f.a), median(f.b),
		median(ratios), slices.Min(ratios), slices.Max(ratios), f.goal)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}
