package config

import (
	"fmt"
	"strings"

	"understudy/parser"
)

// HashTable is what nginx would build of names that are looked up: a table of its own kind, which some names do not fit and
// whose size the directives NAME_max_size and NAME_bucket_size bound (ngx_hash_init). There is no such table here; Fit only tells
// what nginx says of one.
type HashTable struct {
	Name       string // as in messages: "server_names_hash"
	Max        int
	BucketSize int // bytes; aligned as nginx does
}

const (
	cacheLine = 64 // ngx_cacheline_size, on the processors of today
	word      = 8  // sizeof(void *)
)

// Fit returns nginx's error about a table of these keys and two of names with a wildcard; where nginx warns, so does it. Both
// are without a position. The latter are given without the wildcard, the label that is looked up first in front: "com.example" for
// "*.example.com", "www.example" for "www.example.*" (hostname.Table.Keys).
func (h HashTable) Fit(c *Config, keys, head, tail []string) error {
	h.BucketSize = align(h.BucketSize, cacheLine)
	if err := h.fit(c, keys); err != nil {
		return err
	}
	if err := h.wildcards(c, head); err != nil {
		return err
	}
	return h.wildcards(c, tail)
}

// wildcards looks at one table for each label (ngx_hash_wildcard_init).
func (h HashTable) wildcards(c *Config, names []string) error {
	var labels []string
	below := map[string][]string{}
	for _, name := range names {
		label, rest, _ := strings.Cut(name, ".")
		if _, known := below[label]; !known {
			labels = append(labels, label)
			below[label] = nil
		}
		if rest != "" {
			below[label] = append(below[label], rest)
		}
	}
	for _, label := range labels {
		if rest := below[label]; len(rest) > 0 {
			if err := h.wildcards(c, rest); err != nil {
				return err
			}
		}
	}
	return h.fit(c, labels)
}

func (h HashTable) fit(c *Config, keys []string) error {
	switch {
	case len(keys) == 0:
		return nil
	case h.Max == 0:
		return h.errorf("you should increase %s_max_size: %d", h.Name, h.Max)
	case h.BucketSize > 1<<16-cacheLine:
		return h.errorf("too large %s_bucket_size: %d", h.Name, h.BucketSize)
	}
	hashes := make([]uint64, len(keys))
	for i, key := range keys {
		if h.BucketSize < elementSize(key)+word {
			return h.errorf("you should increase %s_bucket_size: %d", h.Name, h.BucketSize)
		}
		hashes[i] = hashOf(key)
	}
	room := h.BucketSize - word
	size := max(len(keys)/(room/(2*word)), 1)
	if h.Max > 10000 && h.Max/len(keys) < 100 {
		size = h.Max - 1000
	}
	for fill := make([]uint16, h.Max); size <= h.Max; size++ {
		if h.fits(keys, hashes, fill[:size], room) {
			return nil
		}
	}
	c.Warnf("could not build optimal %s, you should increase either %s_max_size: %d or %s_bucket_size: %d; ignoring %s_bucket_size",
		h.Name, h.Name, h.Max, h.Name, h.BucketSize, h.Name)
	if !h.fits(keys, hashes, make([]uint16, h.Max), 1<<16-cacheLine-word) {
		return h.errorf("you should increase %s_max_size: %d", h.Name, h.Max)
	}
	return nil
}

// fits tells whether no bucket of a table of len(fill) buckets gets more than room bytes.
func (h HashTable) fits(keys []string, hashes []uint64, fill []uint16, room int) bool {
	clear(fill)
	for i, key := range keys {
		at := hashes[i] % uint64(len(fill))
		full := int(fill[at]) + elementSize(key)
		if full > room {
			return false
		}
		fill[at] = uint16(full)
	}
	return true
}

func (h HashTable) errorf(format string, a ...any) error {
	return &parser.Error{Level: parser.Emerg, Text: "could not build " + h.Name + ", " + fmt.Sprintf(format, a...)}
}

// elementSize is what a key takes in a bucket, bytes (NGX_HASH_ELT_SIZE).
func elementSize(key string) int { return word + align(len(key)+2, word) }

// hashOf is nginx's hash of a key (ngx_hash_key_lc).
func hashOf(key string) (h uint64) {
	for _, c := range []byte(key) {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		h = h*31 + uint64(c)
	}
	return h
}

func align(n, to int) int { return (n + to - 1) / to * to }
