package web

import (
	"fmt"
	"path"
	"reflect"
	"runtime"
	"strings"
)

var phaseNames = [numPhases]string{"post-read", "server-rewrite", "rewrite", "preaccess", "access", "precontent", "content", "log"}

// Chain lists what a request meets in the location: its handlers by phase and its filters, each with the package that put
// it there. What is not listed costs nothing. It is made for people and tests, not while serving.
func (l *Location) Chain() []string {
	var list []string
	for p, handlers := range l.phases {
		for _, h := range handlers {
			list = append(list, phaseNames[p]+" "+packageOf(h))
		}
	}
	if l.Content != nil {
		list = append(list, "answer "+packageOf(l.Content))
	}
	for _, f := range l.filters {
		list = append(list, fmt.Sprintf("filter %T", f))
	}
	for _, f := range l.outer {
		list = append(list, fmt.Sprintf("outer filter %T", f))
	}
	return list
}

func packageOf(h Handler) string {
	name, _, _ := strings.Cut(path.Base(runtime.FuncForPC(reflect.ValueOf(h).Pointer()).Name()), ".")
	return name
}

// LocationFor gives the location that a URI leads to at first, before rewriting.
func (s *Server) LocationFor(uri string) *Location {
	x := &Exchange{}
	x.main = x
	l, _ := s.root.find(x, []byte(uri))
	return l
}

// Default gives the server for requests to the port that name no other.
func (p *Port) Default() *Server { return p.addrs[len(p.addrs)-1].fallback }
