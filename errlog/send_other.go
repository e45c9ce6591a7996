//go:build !unix

package errlog

import "net"

// sendNow writes one datagram.
func sendNow(conn net.Conn, b []byte) error {
	_, err := conn.Write(b)
	return err
}
