package proxy

import (
	"understudy/ascii"
	"understudy/http1"
)

// nameSet is a set of header names: a bit for each that http1 knows, a list for the others.
type nameSet struct {
	known  [http1.NumHeaders]bool
	others []string
}

func (s *nameSet) add(name string) {
	if id := http1.Lookup([]byte(name)); id != http1.HdrNone {
		s.known[id] = true
		return
	}
	s.others = append(s.others, ascii.ToLower(name))
}

func (s *nameSet) remove(name string) {
	if id := http1.Lookup([]byte(name)); id != http1.HdrNone {
		s.known[id] = false
		return
	}
	kept := s.others[:0]
	for _, o := range s.others {
		if !ascii.EqualFold(o, name) {
			kept = append(kept, o)
		}
	}
	s.others = kept
}

// has looks a name up; id is its known id.
func (s *nameSet) has(id http1.HeaderID, name []byte) bool {
	if id != http1.HdrNone {
		return s.known[id]
	}
	for _, o := range s.others {
		if ascii.EqualFold(name, o) {
			return true
		}
	}
	return false
}
