package pcre

import "unicode/utf8"

// Program is a pattern as instructions for a Machine.
type Program struct {
	code      []inst
	groups    int
	registers int  // of the machine, see register
	utf       bool // characters are UTF-8 sequences, else bytes
	anchored  bool // a match can only begin at the start of the text
	first     *charset
}

// inst is one instruction. What x and y mean depends on op; both are indexes of instructions where it jumps.
type inst struct {
	op       op
	fold     bool // opText, opBackref: ASCII letters in either case (with UTF any letters)
	negative bool // opLook
	assert   assert
	x, y     int32
	text     string   // opText; in lower case if fold
	set      *charset // opSet, opLoop, opUnless
}

type op uint8

const (
	opEnd     op = iota // of the pattern, or of a look's or an atomic group's body
	opText              // text
	opSet               // one character of set
	opLoop              // characters of set, x to y times (y < 0: any number), as many as possible
	opLazy              // the same, as few as possible
	opTake              // the same as opLoop, never giving any back
	opJump              // to x
	opSplit             // on to x; if that fails, to y
	opUnless            // to x unless a byte of set comes next
	opOpen              // group x begins
	opClose             // group x ends
	opMark              // register x notes the place
	opMoved             // to y unless the place differs from register x's
	opAssert            // assert
	opBack              // x characters back
	opBackref           // what group x matched
	opLook              // the instructions that follow, up to opEnd, then on at x; if it does not hold, to y (y < 0: fail)
	opAtomic            // the instructions that follow, up to opEnd, then on at x
	opGroup             // to x if group y took no part
	opFail
)

// Program compiles the pattern.
func (p *Pattern) Program() *Program {
	e := &assembler{Program: Program{groups: p.Groups, utf: p.UTF}}
	e.registers = 3 * (p.Groups + 1)
	e.node(p.root)
	e.emit(inst{op: opEnd})
	e.settle()
	e.anchored = p.root.anchored()
	if first, nullable := p.root.firstBytes(p.UTF); !nullable {
		e.first = &first
	}
	return &e.Program
}

type assembler struct{ Program }

func (e *assembler) emit(i inst) int {
	e.code = append(e.code, i)
	return len(e.code) - 1
}

func (e *assembler) here() int32 { return int32(len(e.code)) }

func (e *assembler) node(n *node) {
	switch n.kind {
	case kindEmpty:
	case kindLiteral, kindSet:
		e.sequence([]*node{n})
	case kindSequence:
		e.sequence(n.subs)
	case kindAlternate:
		e.alternatives(n.subs, e.node)
	case kindRepeat:
		e.repeat(n)
	case kindGroup:
		e.emit(inst{op: opOpen, x: int32(n.group)})
		e.node(n.subs[0])
		e.emit(inst{op: opClose, x: int32(n.group)})
	case kindAtomic:
		if r := n.subs[0]; r.kind == kindRepeat && !r.lazy && r.subs[0].single() {
			e.repeat(r)
			e.code[len(e.code)-1].op = opTake
			return
		}
		at := e.emit(inst{op: opAtomic})
		e.node(n.subs[0])
		e.emit(inst{op: opEnd})
		e.code[at].x = e.here()
	case kindLook:
		at := e.look(n)
		e.code[at].x = e.here()
	case kindAssert:
		e.emit(inst{op: opAssert, assert: n.assert})
	case kindBackref:
		e.emit(inst{op: opBackref, x: int32(n.group), fold: n.fold})
	case kindCondition:
		e.condition(n)
	case kindFail:
		e.emit(inst{op: opFail})
	}
}

// sequence joins literals that follow each other to one text.
func (e *assembler) sequence(subs []*node) {
	for i := 0; i < len(subs); i++ {
		n := subs[i]
		switch {
		case n.kind == kindSet || n.kind == kindLiteral && n.fold && e.utf:
			e.emit(inst{op: opSet, set: e.charset(n)})
		case n.kind == kindLiteral:
			var text []byte
			fold, exact := false, false
			for ; i < len(subs) && subs[i].kind == kindLiteral; i++ {
				s := subs[i]
				letter := !e.utf && isLetter(byte(s.r))
				if s.fold && (e.utf || exact) || letter && !s.fold && fold {
					break
				}
				fold, exact = fold || s.fold, exact || letter && !s.fold
				if e.utf {
					text = utf8.AppendRune(text, s.r)
				} else {
					text = append(text, byte(s.r))
				}
			}
			i--
			if fold {
				lowerASCII(text)
			}
			e.emit(inst{op: opText, text: string(text), fold: fold})
		default:
			e.node(n)
		}
	}
}

// alternatives tries each of subs, without a split where the next byte already rules one out.
func (e *assembler) alternatives(subs []*node, each func(*node)) {
	var ends []int
	for i, s := range subs {
		unless := -1
		if first, nullable := s.firstBytes(e.utf); !nullable && !first.all() {
			unless = e.emit(inst{op: opUnless, set: &first})
		}
		if i == len(subs)-1 {
			if unless >= 0 { // the body fails by itself
				e.code = e.code[:unless]
			}
			each(s)
			break
		}
		split := e.emit(inst{op: opSplit})
		e.code[split].x = e.here()
		each(s)
		ends = append(ends, e.emit(inst{op: opJump}))
		e.code[split].y = e.here()
		if unless >= 0 {
			e.code[unless].x = e.here()
		}
	}
	for _, at := range ends {
		e.code[at].x = e.here()
	}
}

func (e *assembler) repeat(n *node) {
	sub := n.subs[0]
	if sub.single() {
		op := opLoop
		if n.lazy {
			op = opLazy
		}
		e.emit(inst{op: op, set: e.charset(sub), x: int32(n.min), y: int32(n.max)})
		return
	}
	copies := n.min
	if n.max < 0 {
		copies = max(copies-1, 0)
	}
	for range copies {
		e.node(sub)
	}
	if n.max >= 0 {
		var splits []int
		for range n.max - n.min {
			splits = append(splits, e.split(n.lazy))
			e.node(sub)
		}
		for _, at := range splits {
			e.leave(at, e.here())
		}
		return
	}
	// at least once, as a loop that ends when a turn has not moved
	skip := -1
	if n.min == 0 {
		skip = e.split(n.lazy)
	}
	top := e.here()
	moved, mark := -1, int32(e.registers)
	if sub.nullable() {
		e.registers++
		e.emit(inst{op: opMark, x: mark})
	}
	e.node(sub)
	if sub.nullable() {
		moved = e.emit(inst{op: opMoved, x: mark})
	}
	again := e.split(n.lazy)
	if n.lazy {
		e.code[again].y = top
	} else {
		e.code[again].x = top
	}
	e.leave(again, e.here())
	if moved >= 0 {
		e.code[moved].y = e.here()
	}
	if skip >= 0 {
		e.leave(skip, e.here())
	}
}

// split emits a choice between what comes next and what leave says; lazily the latter is preferred.
func (e *assembler) split(lazy bool) int {
	at := e.emit(inst{op: opSplit, negative: lazy})
	e.code[at].x, e.code[at].y = e.here(), e.here()
	return at
}

func (e *assembler) leave(split int, to int32) {
	if i := &e.code[split]; i.negative {
		i.x = to
	} else {
		i.y = to
	}
}

// look emits a look and its body; where it goes on is the caller's.
func (e *assembler) look(n *node) int {
	at := e.emit(inst{op: opLook, negative: n.negative, y: -1})
	switch body := n.subs[0]; {
	case !n.behind:
		e.node(body)
	case body.kind == kindAlternate: // each as long as it likes
		e.behind(body.subs)
	default:
		e.behind([]*node{body})
	}
	e.emit(inst{op: opEnd})
	return at
}

func (e *assembler) behind(subs []*node) {
	var ends []int
	for i, s := range subs {
		split := -1
		if i < len(subs)-1 {
			split = e.split(false)
		}
		e.emit(inst{op: opBack, x: int32(s.width())})
		e.node(s)
		if split >= 0 {
			ends = append(ends, e.emit(inst{op: opJump}))
			e.leave(split, e.here())
		}
	}
	for _, at := range ends {
		e.code[at].x = e.here()
	}
}

func (e *assembler) condition(n *node) {
	var test int
	switch {
	case len(n.subs) == 2:
		test = e.emit(inst{op: opGroup, y: int32(n.group)})
	case n.subs[2].kind == kindFail:
		e.node(n.subs[1])
		return
	default:
		test = e.look(n.subs[2])
		e.code[test].x = e.here()
	}
	e.node(n.subs[0])
	end := e.emit(inst{op: opJump})
	if e.code[test].op == opGroup {
		e.code[test].x = e.here()
	} else {
		e.code[test].y = e.here()
	}
	e.node(n.subs[1])
	e.code[end].x = e.here()
}

// single says that n is one character.
func (n *node) single() bool { return n.kind == kindLiteral || n.kind == kindSet }

// settle makes loops take for good what cannot help by being given back: the next thing begins with something else.
func (e *assembler) settle() {
	for i := range e.code {
		loop := &e.code[i]
		if loop.op != opLoop || e.utf {
			continue
		}
		next := i + 1
		for e.code[next].op == opClose || e.code[next].op == opOpen {
			next++
		}
		switch after := &e.code[next]; {
		case after.op == opText:
			c := after.text[0]
			if !loop.set.has(c) && !(after.fold && c >= 'a' && c <= 'z' && loop.set.has(c&^0x20)) {
				loop.op = opTake
			}
		case after.op == opSet && !loop.set.meets(after.set):
			loop.op = opTake
		}
	}
}

// charset is what one character of n may be.
func (e *assembler) charset(n *node) *charset {
	s := n.set
	if n.kind == kindLiteral {
		s = set{{n.r, n.r}}
		if n.fold {
			s = s.folded(e.utf)
		}
	}
	c := &charset{}
	limit := rune(maxByte)
	if e.utf {
		limit = utf8.RuneSelf - 1
		c.wide = s
	}
	for _, r := range s {
		for b := r.lo; b <= min(r.hi, limit); b++ {
			c.add(byte(b))
		}
	}
	return c
}

// charset is a set of characters: of bytes, and with UTF of those above ASCII in wide.
type charset struct {
	bits [8]uint32
	wide set
}

func (c *charset) add(b byte)      { c.bits[b>>5] |= 1 << (b & 31) }
func (c *charset) has(b byte) bool { return c.bits[b>>5]&(1<<(b&31)) != 0 }

func (c *charset) meets(d *charset) bool {
	for i := range c.bits {
		if c.bits[i]&d.bits[i] != 0 {
			return true
		}
	}
	return false
}

func (c *charset) join(d *charset) {
	for i := range c.bits {
		c.bits[i] |= d.bits[i]
	}
}

func (c *charset) all() bool {
	for _, b := range c.bits {
		if b != 1<<32-1 {
			return false
		}
	}
	return true
}

// anchored says whether every match begins at the start of the text.
func (n *node) anchored() bool {
	switch n.kind {
	case kindAssert:
		return n.assert == startText
	case kindSequence, kindGroup, kindAtomic:
		return n.subs[0].anchored()
	case kindAlternate:
		for _, s := range n.subs {
			if !s.anchored() {
				return false
			}
		}
		return true
	}
	return false
}

// firstBytes is what the text that n matches can begin with; nullable says that n can match without any.
func (n *node) firstBytes(utf bool) (c charset, nullable bool) {
	switch n.kind {
	case kindLiteral, kindSet:
		s := n.set
		if n.kind == kindLiteral {
			s = set{{n.r, n.r}}
			if n.fold {
				s = s.folded(utf)
			}
		}
		for _, r := range s {
			limit := rune(maxByte)
			if utf {
				limit = utf8.RuneSelf - 1
			}
			for b := r.lo; b <= min(r.hi, limit); b++ {
				c.add(byte(b))
			}
			if utf && r.hi > limit {
				for b := 0xC0; b <= maxByte; b++ {
					c.add(byte(b))
				}
			}
		}
		return c, false
	case kindSequence:
		for _, s := range n.subs {
			first, nullable := s.firstBytes(utf)
			c.join(&first)
			if !nullable {
				return c, false
			}
		}
		return c, true
	case kindAlternate:
		for _, s := range n.subs {
			first, empty := s.firstBytes(utf)
			c.join(&first)
			nullable = nullable || empty
		}
		return c, nullable
	case kindRepeat:
		c, nullable = n.subs[0].firstBytes(utf)
		return c, nullable || n.min == 0
	case kindGroup, kindAtomic:
		return n.subs[0].firstBytes(utf)
	case kindFail:
		return c, false
	case kindEmpty, kindLook, kindAssert:
		return c, true
	}
	for b := range 256 { // back references and conditions: anything
		c.add(byte(b))
	}
	return c, true
}
