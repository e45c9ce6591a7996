package stream

import "sync/atomic"

// Slot is a module's own state on a session.
type Slot[T any] struct{ index int }

var slots atomic.Int32

// NewSlot hands out a slot; for package variables.
func NewSlot[T any]() Slot[T] { return Slot[T]{int(slots.Add(1) - 1)} }

// Of gives the module's state on s, made on first use.
func (t Slot[T]) Of(s *Session) *T {
	if v, ok := t.Have(s); ok {
		return v
	}
	if t.index >= len(s.slots) {
		s.slots = append(s.slots, make([]any, t.index+1-len(s.slots))...)
	}
	v := new(T)
	s.slots[t.index] = v
	return v
}

// Have gives the module's state on s if there is one.
func (t Slot[T]) Have(s *Session) (*T, bool) {
	if t.index >= len(s.slots) {
		return nil, false
	}
	v, ok := s.slots[t.index].(*T)
	return v, ok
}
