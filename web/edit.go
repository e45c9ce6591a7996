package web

import "understudy/http1"

// Request fields that modules change. The text goes into the head's buffer, behind all that was read into it; where it does not fit
// the buffer is replaced, and what points into the old one stays as it is.

// ReplaceField gives the request field at index i of Req.Headers another value; false if it is a Host that cannot be one.
func (x *Exchange) ReplaceField(i int, value []byte) bool {
	id := x.Req.Headers[i].ID
	if !x.hostFrom(id, value) {
		return false
	}
	span := x.put(value)
	x.Req.ReplaceHeader(x.head, i, span)
	x.edited(id)
	return true
}

// AddField adds a request field; false if it is a Host that cannot be one.
func (x *Exchange) AddField(name, value []byte) bool {
	id := http1.Lookup(name)
	if !x.hostFrom(id, value) {
		return false
	}
	n, v := x.put(name), x.put(value)
	x.Req.AppendHeader(x.head, n, v)
	x.edited(id)
	return true
}

// DropField takes the request field at index i of Req.Headers away.
func (x *Exchange) DropField(i int) {
	id := x.Req.Headers[i].ID
	x.Req.DropHeader(x.head, i)
	if id == http1.HdrHost {
		x.Host = nil
	}
	x.edited(id)
}

// hostFrom takes $host from a new Host field.
func (x *Exchange) hostFrom(id http1.HeaderID, value []byte) bool {
	if id != http1.HdrHost {
		return true
	}
	name, ok := http1.CutHost(value)
	if ok {
		x.setHost(name)
	}
	return ok
}

// edited carries out what a changed field means for the connection.
func (x *Exchange) edited(id http1.HeaderID) {
	x.headEdited = true
	switch id {
	case http1.HdrConnection:
		if x.Req.ConnClose {
			x.keepalive = false
		}
	case http1.HdrContentLength:
		// A body of another length than the client sent would make its rest the next request.
		if x.main == x && x.Body.state != bodyWhole {
			x.keepalive = false
		}
	}
}

// put copies text to the head's buffer.
func (x *Exchange) put(text []byte) http1.Span {
	at := max(x.have, x.written)
	if x.main != x && !x.ownText || at+len(text) > len(x.head) {
		x.ownText = true
		grown := make([]byte, at+len(text)+headBuffer)
		copy(grown, x.head[:at])
		x.head = grown
	}
	x.written = at + copy(x.head[at:], text)
	return http1.Span{Off: uint32(at), End: uint32(x.written)}
}
