// hash: a key made of variables chooses the peer; plain (compatible with Cache::Memcached) or consistent (ketama).

package upstream

import (
	"hash/crc32"
	"strconv"

	"understudy/config"
	"understudy/vars"
)

// Hash is the `hash key [consistent]` directive.
type Hash struct{}

func (*Hash) Parse(c *config.Call) error {
	key, err := vars.TableOf(c.Block).Compile(c.Args[0])
	if err != nil {
		return c.Errorf("%s", err)
	}
	var b balancer = &keyHash{key: key}
	if len(c.Args) == 2 {
		b = &consistentHash{keyHash: keyHash{key: key}}
	}
	setMethod(c, b, noBackup)
	if len(c.Args) == 2 && c.Args[1] != "consistent" {
		return c.Errorf("invalid parameter \"%s\"", c.Args[1])
	}
	return nil
}

type keyHash struct{ key *vars.Value }

func (h *keyHash) start(t *Try, a Ask) {
	if h.key != nil {
		t.key = h.key.Append(t.key[:0], a.Subject)
	}
}

// pick adds ((crc32([attempt] key) >> 16) & 0x7fff) to the hash until it falls on a live peer.
func (h *keyHash) pick(t *Try, now int64) *Peer {
	if t.attempts > hashAttempts || len(t.list.peers) < 2 || len(t.key) == 0 {
		return roundRobin{}.pick(t, now)
	}
	for {
		var crc uint32
		if t.rehash > 0 {
			var digits [20]byte
			crc = crc32.ChecksumIEEE(strconv.AppendInt(digits[:0], int64(t.rehash), 10))
		}
		crc = crc32.Update(crc, crc32.IEEETable, t.key)
		t.hash += crc >> 16 & 0x7fff
		t.rehash++

		p := t.list.at(int(t.hash) % t.list.totalWeight)
		if !t.was(p) && p.ready(now) {
			p.taken(now)
			t.mark(p)
			return p
		}
		if t.attempts++; t.attempts > hashAttempts {
			return roundRobin{}.pick(t, now)
		}
	}
}
