package main

// Requests that come one at a time, with a pause after each: what most servers see most of the day. It shows what waiting costs.

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// runPaced sends requests over one connection for some seconds, each a pause after the answer to the one before.
func runPaced(l load, port, seconds int) (wrkResult, error) {
	conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), 5*time.Second)
	if err != nil {
		return wrkResult{}, err
	}
	defer conn.Close()
	answers := bufio.NewReader(conn)
	var r wrkResult
	for end := time.Now().Add(time.Duration(seconds) * time.Second); time.Now().Before(end); time.Sleep(l.pause) {
		if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
			return r, err
		}
		if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", l.path); err != nil {
			return r, err
		}
		answer, err := http.ReadResponse(answers, nil)
		if err != nil {
			return r, err
		}
		if answer.StatusCode != http.StatusOK {
			return r, fmt.Errorf("status %s", answer.Status)
		}
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			return r, err
		}
		r.requests++
	}
	return r, nil
}
