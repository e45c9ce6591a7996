package rig

// Ports for servers under test. Several test processes run at once, and a port is looked for before somebody listens on it.

import (
	"errors"
	"net"
	"strconv"
	"sync"
)

// Linux hands out ephemeral ports from 32768 up; this range is cut into blocks, of which each process takes one.
const (
	firstPort = 12000
	blockSize = 250
	blocks    = 80
)

// block is this process's: its first port is listened on as long as the process lives, which keeps others away from the rest.
// It is taken when the process starts, as a test must end with the descriptors that it began with.
var block, blockErr = takeBlock()

func takeBlock() (net.Listener, error) {
	for i := range blocks {
		if ln, err := listenOn(firstPort + i*blockSize); err == nil {
			return ln, nil
		}
	}
	return nil, errors.New("no block of ports is free")
}

var (
	portLock sync.Mutex
	lastPort int // handed out last
)

// FreePorts finds n TCP ports of 127.0.0.1 that nothing listens on, and that no other process with this package will be given.
func FreePorts(n int) ([]int, error) {
	if blockErr != nil {
		return nil, blockErr
	}
	portLock.Lock()
	defer portLock.Unlock()
	first := block.Addr().(*net.TCPAddr).Port
	var ports []int
	for tries := 0; len(ports) < n && tries < blockSize; tries++ {
		if lastPort++; lastPort <= first || lastPort >= first+blockSize {
			lastPort = first + 1
		}
		ln, err := listenOn(lastPort)
		if err != nil {
			continue
		}
		if err := ln.Close(); err != nil {
			return nil, err
		}
		ports = append(ports, lastPort)
	}
	if len(ports) < n {
		return nil, errors.New("no free ports")
	}
	return ports, nil
}

func listenOn(port int) (net.Listener, error) {
	return net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
}
