// Package vserver is what http and stream share of virtual servers: the directives `listen` and `server_name`, which servers
// are behind which socket, and how a generation of a site ends.
package vserver
