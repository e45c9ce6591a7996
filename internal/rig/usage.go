package rig

// What a server costs, read from /proc: processor time and resident memory of the process and its workers.

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of the times in /proc/PID/stat: USER_HZ, 100 a second on every Linux port that Go runs on.
const tick = 10 * time.Millisecond

// CPU is the processor time, user and system, of all threads of the process and its workers, including workers
// that have come and gone.
func (s *Server) CPU() (time.Duration, error) {
	var sum time.Duration
	for _, pid := range tree(s.Pid) {
		own, reaped, err := processTimes(pid)
		if err != nil {
			return 0, err
		}
		sum += own
		if pid == s.Pid {
			sum += reaped
		}
	}
	return sum, nil
}

// Ran is CPU to the nanosecond, of the threads that live. What a process does at a low rate is less than a clock tick.
func (s *Server) Ran() (time.Duration, error) {
	var sum time.Duration
	for _, pid := range tree(s.Pid) {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
		if err != nil {
			return 0, err
		}
		for _, file := range threads {
			text, err := os.ReadFile(file)
			if err != nil {
				continue // the thread has ended
			}
			var ran int64
			if _, err := fmt.Sscan(string(text), &ran); err != nil {
				return 0, fmt.Errorf("%s: %w", file, err)
			}
			sum += time.Duration(ran)
		}
	}
	return sum, nil
}

// RSS is the resident memory in bytes of the process and its workers.
func (s *Server) RSS() (int64, error) { return s.memory(residentSize) }

// PSS is RSS in which memory that processes share counts once.
func (s *Server) PSS() (int64, error) {
	return s.memory(func(pid int) (int64, error) { return sizeIn(pid, "smaps_rollup", "Pss:") })
}

func (s *Server) memory(of func(pid int) (int64, error)) (int64, error) {
	var sum int64
	for _, pid := range tree(s.Pid) {
		n, err := of(pid)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// residentSize prefers smaps_rollup: VmRSS in status is a per-thread estimate that lags behind.
func residentSize(pid int) (int64, error) {
	if n, err := sizeIn(pid, "smaps_rollup", "Rss:"); err == nil {
		return n, nil
	}
	return sizeIn(pid, "status", "VmRSS:")
}

// sizeIn reads a size, in bytes, from a file below /proc/PID.
func sizeIn(pid int, file, key string) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, key); ok {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("no %s of process %d", key, pid)
}

// tree is a process and all its descendants. A process that ends meanwhile is left out.
func tree(root int) []int {
	children := map[int][]int{}
	entries, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range entries {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			continue
		}
		if fields, err := statFields(pid); err == nil {
			if parent, err := strconv.Atoi(fields[1]); err == nil {
				children[parent] = append(children[parent], pid)
			}
		}
	}
	all := []int{root}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all
}

// processTimes gives a process's own processor time and that of its children that it has waited for.
func processTimes(pid int) (own, reaped time.Duration, err error) {
	fields, err := statFields(pid)
	if err != nil {
		return 0, 0, err
	}
	var ticks [4]int64 // utime, stime, cutime, cstime: fields 14 to 17 of proc(5), 11 to 14 after the name
	for i := range ticks {
		if ticks[i], err = strconv.ParseInt(fields[11+i], 10, 64); err != nil {
			return 0, 0, err
		}
	}
	return time.Duration(ticks[0]+ticks[1]) * tick, time.Duration(ticks[2]+ticks[3]) * tick, nil
}

// statFields are the fields of /proc/PID/stat from the state on: the name before it may hold spaces.
func statFields(pid int) ([]string, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	end := bytes.LastIndexByte(text, ')')
	if end < 0 {
		return nil, errors.New("malformed stat file")
	}
	fields := strings.Fields(string(text[end+1:]))
	if len(fields) < 15 {
		return nil, errors.New("short stat file")
	}
	return fields, nil
}
