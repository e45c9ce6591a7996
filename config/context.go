// Contexts: the places of a configuration in which a directive may stand.

package config

import "strings"

// Context is a set of places; a block's kind is a set of one.
type Context uint32

// The places, spelled in `in:"…"` tags as contextNames says.
const (
	Main Context = 1 << iota
	Events
	HTTP
	Server
	Location
	If       // if in location
	ServerIf // if in server
	LimitExcept
	Upstream
	Stream
	StreamServer
	StreamUpstream
	Mail
	MailServer
	Other // blocks of commercial and foreign modules (mgmt, match, otel_exporter …); nothing is declared there
)

// Families: what inherits from one root block.
const (
	httpFamily   = HTTP | Server | Location | If | ServerIf | LimitExcept
	streamFamily = Stream | StreamServer
	mailFamily   = Mail | MailServer

	// AnyContext is every place.
	AnyContext = Other<<1 - 1
)

var contextNames = []struct {
	bit       Context
	tag, text string
}{
	{Main, "main", "main"},
	{Events, "events", "events"},
	{HTTP, "http", "http"},
	{Server, "server", "server"},
	{Location, "location", "location"},
	{If, "if", "if in location"},
	{ServerIf, "server-if", "if in server"},
	{LimitExcept, "limit_except", "limit_except"},
	{Upstream, "upstream", "upstream"},
	{Stream, "stream", "stream"},
	{StreamServer, "stream-server", "server in stream"},
	{StreamUpstream, "stream-upstream", "upstream in stream"},
	{Mail, "mail", "mail"},
	{MailServer, "mail-server", "server in mail"},
	{Other, "other", "other"},
}

// String lists the places as a reader knows them: `http, server, if in location`.
func (c Context) String() string {
	if c == AnyContext {
		return "any"
	}
	var b strings.Builder
	for _, n := range contextNames {
		if c&n.bit != 0 {
			if b.Len() > 0 {
				b.WriteString(", ")
			}
			b.WriteString(n.text)
		}
	}
	return b.String()
}

// ParseContexts reads the spelling of `in:"…"` tags; ok is false for a word that names no place.
func ParseContexts(text string) (c Context, ok bool) {
words:
	for word := range strings.FieldsSeq(text) {
		for _, n := range contextNames {
			if n.tag == word {
				c |= n.bit
				continue words
			}
		}
		return 0, false
	}
	return c, c != 0
}

// root tells whether blocks of this kind are merged as a whole when they close.
func (c Context) root() bool { return c&(Events|HTTP|Stream|Mail) != 0 }

// isolated tells whether blocks of this kind inherit nothing.
func (c Context) isolated() bool { return c&(Upstream|StreamUpstream) != 0 }

// family is the set of places whose defaults are filled in at a block of this kind.
func (c Context) family() Context {
	switch c {
	case HTTP:
		return httpFamily
	case Stream:
		return streamFamily
	case Mail:
		return mailFamily
	}
	return c
}
