// Package vserver is what http and stream share of virtual servers: the directives `listen` and `server_name`, and which servers
// are behind which socket.
package vserver
