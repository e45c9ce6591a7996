package main

// wrk: the HTTP load and its report.

import (
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"time"
)

// wrkResult is what one run of wrk reports.
type wrkResult struct {
	requests  int64
	perSecond float64
	p99       time.Duration
}

// runWrk loads 127.0.0.1:port for some seconds. Any answer but 2xx or 3xx and any socket error is a failure: a proxy
// that answers 502 quickly must not look fast.
func runWrk(l load, port, seconds int) (wrkResult, error) {
	args := []string{"-t1", "-c" + strconv.Itoa(l.connections), "-d" + strconv.Itoa(seconds) + "s", "--latency", "--timeout", "5s"}
	if l.close {
		args = append(args, "-H", "Connection: close")
	}
	for _, h := range l.headers {
		args = append(args, "-H", h)
	}
	out, err := exec.Command("wrk", append(args, fmt.Sprintf("http://127.0.0.1:%d%s", port, l.path))...).CombinedOutput()
	if err != nil {
		return wrkResult{}, fmt.Errorf("wrk: %w\n%s", err, out)
	}
	return parseWrk(string(out))
}

var (
	wrkRequests = regexp.MustCompile(`(?m)^\s*(\d+) requests in `)
	wrkRate     = regexp.MustCompile(`(?m)^Requests/sec:\s+([\d.]+)`)
	wrkP99      = regexp.MustCompile(`(?m)^\s+99%\s+([\d.]+)(us|ms|s|m)\s*$`)
	wrkBad      = regexp.MustCompile(`(?m)^\s*(Socket errors: .*|Non-2xx or 3xx responses: .*)$`)
)

func parseWrk(out string) (wrkResult, error) {
	if bad := wrkBad.FindString(out); bad != "" {
		return wrkResult{}, errors.New("wrk: " + bad)
	}
	requests, rate, p99 := wrkRequests.FindStringSubmatch(out), wrkRate.FindStringSubmatch(out), wrkP99.FindStringSubmatch(out)
	if requests == nil || rate == nil || p99 == nil {
		return wrkResult{}, errors.New("wrk: report not understood:\n" + out)
	}
	var r wrkResult
	var err [3]error
	r.requests, err[0] = strconv.ParseInt(requests[1], 10, 64)
	r.perSecond, err[1] = strconv.ParseFloat(rate[1], 64)
	r.p99, err[2] = time.ParseDuration(p99[1] + p99[2])
	if r.requests == 0 {
		return r, errors.New("wrk: no request was answered:\n" + out)
	}
	return r, errors.Join(err[:]...)
}
