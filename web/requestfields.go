package web

import "understudy/http1"

// AppendFields appends the values of all request fields with this id to list, in order.
func (x *Exchange) AppendFields(list [][]byte, id http1.HeaderID) [][]byte {
	if x.Req.Known[id] == 0 {
		return list
	}
	for i := range x.Req.Headers {
		if h := &x.Req.Headers[i]; h.ID == id {
			list = append(list, h.Value.Of(x.head))
		}
	}
	return list
}
