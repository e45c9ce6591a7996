package web

import (
	"errors"
	"io"
	"os"

	"understudy/errlog"
)

// A FileBody is a Body that takes a part of a file as such, so that it need not be read into memory (ranges).
type FileBody interface {
	Body
	SendFile(x *Exchange, next Sink, f *os.File, off, n int64) error
}

// readLimit: up to here a file is read and goes out in one write with the head; beyond it sendfile saves the copy.
const readLimit = 32 << 10

var errTruncated = errors.New("file was truncated")

// SendFile sends n bytes of f from offset off as body, through the body filters if there are any. The kernel does it when
// sendfile is on and nothing wants to see the bytes. A file that ends early is an error, which has been logged.
func (x *Exchange) SendFile(f *os.File, off, n int64) error {
	x.sub.output = x.sub.output || n > 0
	return Sink{x, 0}.SendFile(f, off, n)
}

// SendFile hands a part of a file to the next filter.
func (s Sink) SendFile(f *os.File, off, n int64) error {
	x := s.x
	if n <= 0 || s.i == len(x.bodies) && x.headerOnly && x.main == x {
		return nil
	}
	if s.i < len(x.bodies) {
		if b, ok := x.bodies[s.i].(FileBody); ok {
			return b.SendFile(x, Sink{x, s.i + 1}, f, off, n)
		}
		return s.copyFile(f, off, n)
	}
	if n <= readLimit || x.pace.rate > 0 || x.main != x || x.front != nil || x.spooling != nil || x.chunked || !x.Location.Conf.Sendfile.On() {
		return s.copyFile(f, off, n)
	}
	if err := x.flush(); err != nil {
		return err
	}
	sent, err := x.client.conn.SendFile(f, off, n)
	x.wrote(int(sent))
	x.bodySent += sent
	if err == nil && sent < n {
		x.Errorf(errlog.Alert, "file %s was truncated while sendfile", f.Name())
		err = errTruncated
	}
	return err
}

// copyFile reads a part of a file through one of the loop's buffers.
func (s Sink) copyFile(f *os.File, off, n int64) error {
	loop := s.x.Loop()
	buf := loop.Buf()
	defer loop.PutBuf(buf)
	for n > 0 {
		m, err := f.ReadAt(buf[:min(int64(len(buf)), n)], off)
		if m == 0 {
			if err == io.EOF {
				s.x.Errorf(errlog.Alert, "pread() read only 0 of %d from \"%s\"", n, f.Name())
				return errTruncated
			}
			s.x.Errorf(errlog.Crit, "pread() \"%s\" failed (%s)", f.Name(), ErrnoText(err))
			return err
		}
		if err := s.Write(buf[:m]); err != nil {
			return err
		}
		off, n = off+int64(m), n-int64(m)
	}
	return nil
}
