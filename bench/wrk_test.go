package main

import (
	"strings"
	"testing"
	"time"
)

const wrkReport = `Running 2s test @ http://127.0.0.1:8020/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.93ms  412.08us   9.04ms   88.25%
    Req/Sec    33.18k     1.60k   35.73k    80.00%
  Latency Distribution
     50%    1.86ms
     75%    2.03ms
     90%    2.29ms
     99%    3.59ms
  66043 requests in 2.00s, 10.02MB read
Requests/sec:  32996.57
Transfer/sec:      5.00MB
`

func TestWrkReportIsRead(t *testing.T) {
	got, err := parseWrk(wrkReport)
	want := wrkResult{66043, 32996.57, 3590 * time.Microsecond}
	if err != nil || got != want {
		t.Fatalf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestWrkReportOfFailuresIsAnError(t *testing.T) {
	for _, line := range []string{
		"  Socket errors: connect 0, read 12, write 0, timeout 0\n",
		"  Non-2xx or 3xx responses: 7\n",
	} {
		report := strings.Replace(wrkReport, "Requests/sec:", line+"Requests/sec:", 1)
		if got, err := parseWrk(report); err == nil {
			t.Errorf("%q was read as %+v", line, got)
		}
	}
	if got, err := parseWrk("wrk: unable to connect"); err == nil {
		t.Errorf("nonsense was read as %+v", got)
	}
}

func TestFiguresPrintMedianOfTheRoundsRatios(t *testing.T) {
	f := figures{row: "r", what: "w", format: "%.1f", goal: "g", a: []float64{10, 20, 10}, b: []float64{5, 20, 20}}
	if got, want := f.String(), "r\tw\t10.0\t20.0\t1.00\t[0.50 – 2.00]\tg"; got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
}
