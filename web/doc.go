// Package web is the HTTP server: virtual servers, locations, the exchange, its phases and its response filters.
//
// The way of a request: a listener's address picks a [Server] by Host, the server picks a [Location] by URI, the location's
// compiled phases run in nginx's order until one of them answers, and the answer passes through the location's filters to
// the client. Everything that a request needs to know about the configuration was compiled into these three when it was loaded.
package web
