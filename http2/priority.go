package http2

import "encoding/binary"

// priorities is the tree of which stream depends on which (RFC 7540, 5.3, which RFC 9113 takes out and nginx keeps): of the streams
// that wait for the connection, those nearer to the root go first, and of these the one with the largest share. A connection has
// one from when its client first says something about it; before that all streams are equal.
type priorities struct {
	root   node
	nodes  []*node
	closed []*node // those without a stream; the one that was named longest ago is the first
}

// node is a stream in the tree: one that is open, was open, or will be.
type node struct {
	id       uint32
	weight   int     // 1 to 256
	rank     int     // how deep it is; 1 = depends on nothing
	share    float64 // of what its rank can get
	open     bool
	parent   *node
	children *node // linked by sibling
	sibling  *node
}

const (
	defaultWeight = 16
	// keptNodes is how many nodes without a stream there are before a new one takes the oldest one's place.
	keptNodes = 32
)

// priority is what HEADERS and PRIORITY say of a stream.
type priority struct {
	on        uint32 // the stream it depends on; 0 = none
	exclusive bool   // what depended on that one depends on this one from now on
	weight    int
}

func parsePriority(p []byte) priority {
	word := binary.BigEndian.Uint32(p)
	return priority{on: word & maxWindow, exclusive: word > maxWindow, weight: int(p[priorityLen-1]) + 1}
}

// prioritise gives the connection its tree, with the streams that are open.
func (s *session) prioritise() *priorities {
	if s.tree == nil {
		s.tree = &priorities{root: node{share: 1}}
		for _, first := range s.streams {
			for st := first; st != nil; st = st.next {
				s.tree.begin(st, priority{weight: defaultWeight}, false)
			}
		}
	}
	return s.tree
}

// begin enters a stream that opens; said: its HEADERS had a priority.
func (t *priorities) begin(st *stream, p priority, said bool) {
	n := t.find(st.id)
	if n == nil {
		n, said = t.add(st.id), true
	} else {
		t.unclose(n)
	}
	n.open, st.node = true, n
	if said {
		t.depend(n, p)
	}
}

// end is for a stream that closes.
func (t *priorities) end(st *stream) {
	if n := st.node; n != nil {
		n.open = false
		t.closed = append(t.closed, n)
	}
}

// set carries out a PRIORITY frame.
func (t *priorities) set(id uint32, p priority) {
	n := t.find(id)
	if n == nil {
		n = t.add(id)
		t.closed = append(t.closed, n)
	} else {
		t.touch(n)
	}
	t.depend(n, p)
}

func (t *priorities) find(id uint32) *node {
	for _, n := range t.nodes {
		if n.id == id {
			return n
		}
	}
	return nil
}

// add makes a node, which depend puts into the tree.
func (t *priorities) add(id uint32) *node {
	n := &node{id: id}
	if len(t.closed) >= keptNodes {
		n = t.closed[0]
		t.remove(n)
		*n = node{id: id}
	}
	t.nodes = append(t.nodes, n)
	return n
}

// remove takes a node without a stream out; what depends on it shares what it had.
func (t *priorities) remove(n *node) {
	t.unclose(n)
	for i, other := range t.nodes {
		if other == n {
			last := len(t.nodes) - 1
			t.nodes[i] = t.nodes[last]
			t.nodes[last] = nil
			t.nodes = t.nodes[:last]
			break
		}
	}
	sum := 0
	for c := n.children; c != nil; c = c.sibling {
		sum += c.weight
	}
	for c := n.children; c != nil; c = n.children {
		c.weight = max(n.weight*c.weight/sum, 1)
		c.move(n.parent)
		c.refresh()
	}
	n.leave()
}

func (t *priorities) unclose(n *node) {
	for i, other := range t.closed {
		if other == n {
			t.closed = append(t.closed[:i], t.closed[i+1:]...)
			return
		}
	}
}

// touch makes a node without a stream the one that was named last.
func (t *priorities) touch(n *node) {
	if n != &t.root && !n.open {
		t.unclose(n)
		t.closed = append(t.closed, n)
	}
}

// depend puts n where p says. What n is to depend on comes out of what depends on n first.
func (t *priorities) depend(n *node, p priority) {
	n.weight = p.weight
	parent := &t.root
	if p.on != 0 {
		if parent = t.find(p.on); parent == nil {
			parent, p.exclusive = &t.root, false
		}
	}
	if n.parent != nil && parent.below(n) {
		parent.move(n.parent)
		parent.refresh()
	}
	t.touch(parent)
	if p.exclusive {
		n.leave()
		for c := parent.children; c != nil; c = parent.children {
			c.move(n)
		}
	}
	n.move(parent)
	n.refresh()
}

// below tells whether n depends on another, over however many between.
func (n *node) below(other *node) bool {
	for p := n.parent; p != nil; p = p.parent {
		if p == other {
			return true
		}
	}
	return false
}

// move makes n depend on parent.
func (n *node) move(parent *node) {
	n.leave()
	n.parent = parent
	n.sibling, parent.children = parent.children, n
}

// leave makes n depend on nobody, not on the root either.
func (n *node) leave() {
	if n.parent == nil {
		return
	}
	p := &n.parent.children
	for *p != n {
		p = &(*p).sibling
	}
	*p = n.sibling
	n.parent, n.sibling = nil, nil
}

// refresh counts rank and share anew, of n and of all below it.
func (n *node) refresh() {
	n.rank = n.parent.rank + 1
	n.share = n.parent.share / 256 * float64(n.weight)
	for c := n.children; c != nil; c = c.sibling {
		c.refresh()
	}
}

// yields tells whether another stream, which has come later, goes before st.
func (st *stream) yields(to *stream) bool {
	a, b := st.node, to.node
	return a != nil && b != nil && (b.rank < a.rank || b.rank == a.rank && b.share > a.share)
}
