// hash … consistent: 160 points a unit of weight on a circle of CRC32 values, compatible with
// Cache::Memcached::Fast, so that adding a server moves few keys.

package upstream

import (
	"encoding/binary"
	"hash/crc32"
	"slices"
	"sort"

	"understudy/ascii"
)

const (
	pointsPerWeight = 160
	maxPoints       = 1 << 26 // a sum of weights above 400,000 would ask for gigabytes
)

type consistentHash struct {
	keyHash
	points []point // by hash, no hash twice
}

// point is where a server stands on the circle. Several peers (addresses of one name) share a server's points.
type point struct {
	hash   uint32
	server string
}

// build places the servers: crc32(HOST NUL PORT PREVIOUS-HASH), repeated.
func (h *consistentHash) build(l *peerList) {
	h.points = make([]point, 0, l.totalWeight*pointsPerWeight)
	for i := range l.peers {
		p := &l.peers[i]
		host, port := pointName(p.Server)
		base := crc32.ChecksumIEEE([]byte(host + "\x00" + port))
		var previous [4]byte
		for range p.weight * pointsPerWeight {
			hash := crc32.Update(base, crc32.IEEETable, previous[:])
			h.points = append(h.points, point{hash, p.Server})
			binary.LittleEndian.PutUint32(previous[:], hash)
		}
	}
	slices.SortStableFunc(h.points, func(a, b point) int {
		switch {
		case a.hash < b.hash:
			return -1
		case a.hash > b.hash:
			return 1
		}
		return 0
	})
	h.points = slices.CompactFunc(h.points, func(a, b point) bool { return a.hash == b.hash })
}

// pointName splits a server into host and port; a port is only digits after the last colon.
func pointName(server string) (host, port string) {
	if ascii.HasPrefixFold(server, "unix:") {
		return server[5:], ""
	}
	for i := len(server) - 1; i >= 0; i-- {
		if server[i] == ':' {
			return server[:i], server[i+1:]
		}
		if server[i] < '0' || server[i] > '9' {
			break
		}
	}
	return server, ""
}

func (h *consistentHash) start(t *Try, a Ask) {
	h.keyHash.start(t, a)
	hash := crc32.ChecksumIEEE(t.key)
	t.hash = uint32(sort.Search(len(h.points), func(i int) bool { return h.points[i].hash >= hash }))
}

// pick goes clockwise to the first server that has a live peer; its peers take turns.
func (h *consistentHash) pick(t *Try, now int64) *Peer {
	if t.attempts > hashAttempts || t.list.single || len(t.key) == 0 {
		return roundRobin{}.pick(t, now)
	}
	for {
		server := h.points[int(t.hash)%len(h.points)].server
		var best *Peer
		total := 0
		for i := range t.list.peers {
			p := &t.list.peers[i]
			if t.was(p) || !p.ready(now) || p.Server != server {
				continue
			}
			total += p.turn()
			if best == nil || p.current > best.current {
				best = p
			}
		}
		if best != nil {
			best.current -= total
			best.taken(now)
			t.mark(best)
			return best
		}
		t.hash++
		if t.attempts++; t.attempts > hashAttempts {
			return roundRobin{}.pick(t, now)
		}
	}
}
