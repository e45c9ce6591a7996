// Package stream is the TCP server: virtual servers of stream{}, the session, and its phases.
//
// A session is to a connection what an exchange of package web is to a request. It has a task until it is a tunnel; then there is
// neither a task nor a buffer, only what its variables and its log line will need.
package stream
