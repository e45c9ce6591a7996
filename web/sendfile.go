package web

import (
	"errors"
	"io"

	"understudy/errlog"
	"understudy/reactor"
)

// A FileBody is a Body that takes a part of a file as such, so that it need not be read into memory (ranges).
type FileBody interface {
	Body
	SendFile(x *Exchange, next Sink, f reactor.Source, off, n int64) error
}

// readLimit: up to here a file is read and goes out in one write with the head; beyond it sendfile saves the copy.
const readLimit = 16 << 10

var errTruncated = errors.New("file was truncated")

// SendFile sends n bytes of f from offset off as body, through the body filters if there are any. The kernel does it when
// sendfile is on and nothing wants to see the bytes. A file that ends early is an error, which has been logged.
func (x *Exchange) SendFile(f reactor.Source, off, n int64) error {
	x.sub.output = x.sub.output || n > 0
	return Sink{x, 0}.SendFile(f, off, n)
}

// SendFile hands a part of a file to the next filter.
func (s Sink) SendFile(f reactor.Source, off, n int64) error {
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
	direct := x.pace.rate == 0 && x.main == x && x.front == nil && x.spooling == nil && !x.chunked
	if direct && n <= int64(cap(x.out)-len(x.out)) {
		return x.copySmall(f, off, int(n))
	}
	conf := x.Location.Conf
	if !direct || n <= readLimit || !conf.Sendfile.On() {
		return s.copyFile(f, off, n)
	}
	if len(x.out) > 0 {
		write := x.client.conn.Write
		if conf.TCPNopush.On() {
			write = x.client.conn.WriteMore
		}
		m, err := write(x.out)
		x.wrote(m)
		x.out = x.out[:0]
		if err != nil {
			return err
		}
	}
	sent, err := x.client.conn.SendFile(f, off, n, conf.SendfileMaxChunk.Bytes())
	x.wrote(int(sent))
	if err == nil && sent < n {
		x.Errorf(errlog.Alert, "file %s was truncated while sendfile", f.Name())
		err = errTruncated
	}
	return err
}

// copySmall reads a part of a file behind what waits to be sent.
func (x *Exchange) copySmall(f reactor.Source, off int64, n int) error {
	to := x.out[len(x.out) : len(x.out)+n]
	if m, err := f.ReadAt(to, off); m < n {
		return x.readFailed(f, m, int64(n), err)
	}
	x.out = x.out[:len(x.out)+n]
	if len(x.out) < copyLimit {
		return nil
	}
	return x.flush()
}

// readFailed logs that only m of n bytes could be read of a file.
func (x *Exchange) readFailed(f reactor.Source, m int, n int64, err error) error {
	if err == io.EOF {
		x.Errorf(errlog.Alert, "pread() read only %d of %d from \"%s\"", m, n, f.Name())
		return errTruncated
	}
	x.Errorf(errlog.Crit, "pread() \"%s\" failed (%s)", f.Name(), ErrnoText(err))
	return err
}

// copyFile reads a part of a file through one of the loop's buffers.
func (s Sink) copyFile(f reactor.Source, off, n int64) error {
	loop := s.x.Loop()
	buf := loop.Buf()
	defer loop.PutBuf(buf)
	o := &s.x.Location.Conf.OutputBuffers
	piece := min(int64(len(buf)), int64(o.N)*o.Size)
	for n > 0 {
		m, err := f.ReadAt(buf[:min(piece, n)], off)
		if m == 0 {
			return s.x.readFailed(f, 0, n, err)
		}
		if err := s.Write(buf[:m]); err != nil {
			return err
		}
		off, n = off+int64(m), n-int64(m)
	}
	return nil
}
