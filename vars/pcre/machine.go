package pcre

import (
	"errors"
	"unicode"
	"unicode/utf8"
)

// Machine runs programs as PCRE would: it tries one way after the other and remembers where another was left. It is
// memory to be used again, for one match at a time; the zero value is ready.
type Machine struct {
	stack []frame
	reg   []int32
	steps int // left
	inner int // runs that a look or an atomic group has started
}

// ErrLimit says that a match took more steps, or more memory, than it may.
var ErrLimit = errors.New("match limit reached")

const (
	maxFrames  = 1 << 19 // 8 MB
	keepFrames = 1 << 10 // from one match to the next
)

// frame is something to go back to, or a register's value to put back on the way.
type frame struct {
	kind frameKind
	pc   int32 // the instruction to go on at; the register
	pos  int32 // the place in the text; the value
	more int32 // frameGreedy: the least place to go back to; frameLazy: the number of further characters, < 0 = any
}

type frameKind uint8

const (
	frameBranch frameKind = iota
	frameGreedy
	frameLazy
	frameRegister
)

// Registers are the bounds of group n at 2n and 2n+1 (-1 = took no part), where it was opened last at 2(groups+1)+n, then
// those of opMark.
func (p *Program) opened(group int32) int32 { return 2*int32(p.groups+1) + group }

// Match appends the bounds of all groups, the whole match first, if the program matches text. It gives up with ErrLimit
// after so many steps. With UTF the text must be valid.
func (m *Machine) Match(p *Program, text []byte, spans []int32, steps int) ([]int32, bool, error) {
	m.steps, m.inner = steps, 0
	if len(m.reg) < p.registers {
		m.reg = make([]int32, p.registers)
	}
	defer m.trim()
	for start := 0; start <= len(text); start++ {
		if p.first != nil {
			for start < len(text) && !p.first.has(text[start]) {
				if p.anchored {
					return spans, false, nil
				}
				start++
			}
			if start == len(text) {
				break
			}
		} else if p.utf && start < len(text) && !utf8.RuneStart(text[start]) {
			continue
		}
		for i := range m.reg[:2*(p.groups+1)] {
			m.reg[i] = -1
		}
		m.stack = m.stack[:0]
		end, ok := m.run(p, text, 0, start)
		if m.steps < 0 {
			return spans, false, ErrLimit
		}
		if ok {
			m.reg[0], m.reg[1] = int32(start), int32(end)
			return append(spans, m.reg[:2*(p.groups+1)]...), true, nil
		}
		if p.anchored {
			break
		}
	}
	return spans, false, nil
}

func (m *Machine) trim() {
	if cap(m.stack) > keepFrames {
		m.stack = nil
	}
}

// run goes from an instruction to opEnd. What it leaves on the stack are ways to go on from there differently.
func (m *Machine) run(p *Program, text []byte, pc, pos int) (end int, ok bool) {
	base := len(m.stack)
	for {
		if m.steps--; m.steps < 0 {
			return 0, false
		}
		i := &p.code[pc]
		pc++
		ok := true
		switch i.op {
		case opEnd:
			return pos, true
		case opText:
			if n := pos + len(i.text); n > len(text) || !i.same(text[pos:n]) {
				ok = false
			} else {
				pos = n
			}
		case opSet:
			var n int
			if n, ok = p.one(i.set, text, pos); ok {
				pos = n
			}
		case opLoop, opTake:
			low, enough := p.many(i.set, text, pos, int(i.x))
			if ok = enough; !ok {
				break
			}
			pos = low
			most := int(i.y) - int(i.x)
			if i.y < 0 {
				most = len(text)
			}
			pos, _ = p.many(i.set, text, pos, most)
			m.steps -= (pos - low) >> 3
			if i.op == opLoop && pos > low {
				if p.code[pc].op == opEnd {
					break // nobody will ask for less
				}
				m.push(frame{frameGreedy, int32(pc), int32(pos), int32(low)})
				ok = m.back(p, text, &pc, &pos, base) // to the last place where what follows may begin
			}
		case opLazy:
			if pos, ok = p.many(i.set, text, pos, int(i.x)); ok && i.y != i.x {
				more := i.y - i.x
				if i.y < 0 {
					more = -1
				}
				m.push(frame{frameLazy, int32(pc), int32(pos), more})
			}
		case opJump:
			pc = int(i.x)
		case opSplit:
			m.push(frame{frameBranch, i.y, int32(pos), 0})
			pc = int(i.x)
		case opUnless:
			if pos == len(text) || !i.set.has(text[pos]) {
				pc = int(i.x)
			}
		case opOpen:
			m.note(p.opened(i.x), pos)
		case opClose:
			m.note(2*i.x, int(m.reg[p.opened(i.x)]))
			m.note(2*i.x+1, pos)
		case opMark:
			m.note(i.x, pos)
		case opMoved:
			if int(m.reg[i.x]) == pos {
				pc = int(i.y)
			}
		case opAssert:
			ok = holds(i.assert, text, pos)
		case opBack:
			pos, ok = p.backwards(text, pos, int(i.x))
		case opBackref:
			pos, ok = m.again(p, i, text, pos)
		case opGroup:
			if m.reg[2*i.y+1] < 0 {
				pc = int(i.x)
			}
		case opLook, opAtomic:
			top := len(m.stack)
			m.inner++
			end, found := m.run(p, text, pc, pos)
			m.inner--
			if m.steps < 0 {
				return 0, false
			}
			m.cut(top, found && !i.negative)
			switch {
			case i.op == opAtomic && found:
				pc, pos = int(i.x), end
			case i.op == opLook && found != i.negative:
				pc = int(i.x)
			case i.op == opLook && i.y >= 0:
				pc = int(i.y)
			default:
				ok = false
			}
		default:
			ok = false
		}
		if !ok && !m.back(p, text, &pc, &pos, base) {
			return 0, false
		}
	}
}

func (m *Machine) push(f frame) {
	if len(m.stack) == maxFrames {
		m.steps = 0
		return
	}
	m.stack = append(m.stack, f)
}

// note changes a register so that going back changes it back.
func (m *Machine) note(register int32, value int) {
	if len(m.stack) > 0 || m.inner > 0 {
		m.push(frame{frameRegister, register, m.reg[register], 0})
	}
	m.reg[register] = int32(value)
}

// back takes up the last way that was left, false if there is none above base.
func (m *Machine) back(p *Program, text []byte, pc, pos *int, base int) bool {
	for len(m.stack) > base {
		f := &m.stack[len(m.stack)-1]
		switch f.kind {
		case frameRegister:
			m.reg[f.pc] = f.pos
		case frameBranch:
			*pc, *pos = int(f.pc), int(f.pos)
			m.stack = m.stack[:len(m.stack)-1]
			return true
		case frameGreedy:
			at := int(f.pos)
			if next := &p.code[f.pc]; next.op == opText && !next.fold { // only where that text begins
				c := next.text[0]
				for at >= int(f.more) && (at == len(text) || text[at] != c) {
					at--
				}
				m.steps -= (int(f.pos) - at) >> 3
			}
			if at < int(f.more) {
				break
			}
			*pc, *pos = int(f.pc), at
			for at--; p.utf && at > int(f.more) && !utf8.RuneStart(text[at]); {
				at--
			}
			if f.pos = int32(at); at < int(f.more) {
				m.stack = m.stack[:len(m.stack)-1]
			}
			return true
		case frameLazy:
			at, ok := p.one(p.code[f.pc-1].set, text, int(f.pos))
			if !ok {
				break
			}
			*pc, *pos = int(f.pc), at
			f.pos = int32(at)
			if f.more--; f.more == 0 {
				m.stack = m.stack[:len(m.stack)-1]
			}
			return true
		}
		m.stack = m.stack[:len(m.stack)-1]
	}
	return false
}

// cut forgets the ways that an inner run has left. What it wrote to registers stays, and can still be put back, if keep
// is set; else it is put back now.
func (m *Machine) cut(top int, keep bool) {
	left := m.stack[top:]
	if !keep {
		for i := len(left) - 1; i >= 0; i-- {
			if left[i].kind == frameRegister {
				m.reg[left[i].pc] = left[i].pos
			}
		}
		m.stack = m.stack[:top]
		return
	}
	kept := left[:0]
	for _, f := range left {
		if f.kind == frameRegister {
			kept = append(kept, f)
		}
	}
	m.stack = m.stack[:top+len(kept)]
}

func (i *inst) same(text []byte) bool {
	if !i.fold {
		return string(text) == i.text
	}
	for at, c := range text {
		if lower[c] != i.text[at] {
			return false
		}
	}
	return true
}

// one steps over one character of set.
func (p *Program) one(s *charset, text []byte, pos int) (int, bool) {
	if pos >= len(text) {
		return pos, false
	}
	c := text[pos]
	if p.utf && c >= utf8.RuneSelf {
		r, size := utf8.DecodeRune(text[pos:])
		return pos + size, s.wide.contains(r)
	}
	return pos + 1, s.has(c)
}

// many steps over up to n characters of set, ok if there were as many.
func (p *Program) many(s *charset, text []byte, pos, n int) (int, bool) {
	if !p.utf {
		stop := len(text)
		if n < stop-pos {
			stop = pos + n
		}
		from := pos
		for pos < stop && s.has(text[pos]) {
			pos++
		}
		return pos, pos-from == n
	}
	for ; n > 0; n-- {
		next, ok := p.one(s, text, pos)
		if !ok {
			return pos, false
		}
		pos = next
	}
	return pos, true
}

func (p *Program) backwards(text []byte, pos, n int) (int, bool) {
	if !p.utf {
		return pos - n, pos >= n
	}
	for ; n > 0; n-- {
		if pos == 0 {
			return 0, false
		}
		for pos--; !utf8.RuneStart(text[pos]); {
			pos--
		}
	}
	return pos, true
}

// again steps over what a group has matched.
func (m *Machine) again(p *Program, i *inst, text []byte, pos int) (int, bool) {
	from, to := m.reg[2*i.x], m.reg[2*i.x+1]
	if to < 0 {
		return pos, false
	}
	want := text[from:to]
	m.steps -= len(want) >> 3
	if i.fold && p.utf {
		return sameRunes(text, pos, want)
	}
	if pos+len(want) > len(text) {
		return pos, false
	}
	for at, c := range want {
		if d := text[pos+at]; c != d && !(i.fold && lower[c] == lower[d]) {
			return pos, false
		}
	}
	return pos + len(want), true
}

func sameRunes(text []byte, pos int, want []byte) (int, bool) {
	for len(want) > 0 {
		r, size := utf8.DecodeRune(want)
		want = want[size:]
		if pos >= len(text) {
			return pos, false
		}
		d, n := utf8.DecodeRune(text[pos:])
		pos += n
		for f := r; f != d; {
			if f = unicode.SimpleFold(f); f == r {
				return pos, false
			}
		}
	}
	return pos, true
}

func holds(a assert, text []byte, pos int) bool {
	switch a {
	case startText:
		return pos == 0
	case startLine:
		return pos == 0 || text[pos-1] == '\n' && pos < len(text)
	case endText:
		return pos == len(text) || pos == len(text)-1 && text[pos] == '\n'
	case endLine:
		return pos == len(text) || text[pos] == '\n'
	case veryEnd:
		return pos == len(text)
	}
	edge := (pos > 0 && isWord(text[pos-1])) != (pos < len(text) && isWord(text[pos]))
	return edge == (a == wordEdge)
}

// lower folds ASCII letters.
var lower = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
	}
	lowerASCII(t[:])
	return t
}()

// Lower folds an ASCII letter to lower case.
func Lower(c byte) byte { return lower[c] }
