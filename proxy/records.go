package proxy

import (
	"io"

	"understudy/reactor"
)

// sendRecords sends a body that is in a file, in records.
func (u *uploader) sendRecords(r Recorded, size int64) error {
	for at := int64(0); at < size; {
		n := int(min(size-at, MaxRecord))
		if err := u.write(r.AppendRecord(u.chunk, n), nil); err != nil { // u.chunk is the padding of the last one
			return err
		}
		sent, err := u.conn.SendFile(u.file, at, int64(n), reactor.SendChunk)
		u.sent += sent
		if err != nil {
			return err
		}
		at += int64(n)
		u.chunk = r.AppendPadding(u.chunk[:0], n)
	}
	return u.write(r.AppendRecord(u.chunk, 0), nil)
}

// streamRecords passes the body on as it comes, in records.
func (u *uploader) streamRecords(r Recorded) {
	for u.err == nil {
		p, err := u.x.NextBody()
		switch err {
		case nil:
			u.joined = appendRecords(r, u.joined[:0], p)
			more, err := u.x.TryBody() // an error is said again by the next call
			last := err == io.EOF
			if u.joined = appendRecords(r, u.joined, more); last { // the end goes with it
				u.joined = r.AppendRecord(u.joined, 0)
			}
			if u.err = u.write(u.joined, nil); last {
				return
			}
		case io.EOF:
			u.err = u.write(r.AppendRecord(u.joined[:0], 0), nil)
			return
		default:
			u.client = u.x.BodyStatus(err)
			return
		}
	}
}

// appendRecords appends a piece of a body in whole records.
func appendRecords(r Recorded, b, p []byte) []byte {
	for len(p) > 0 {
		n := min(len(p), MaxRecord)
		b = append(r.AppendRecord(b, n), p[:n]...)
		b = r.AppendPadding(b, n)
		p = p[n:]
	}
	return b
}

// AppendBody appends a request's body that is in memory, with its end: as a part of what a Recorded protocol's Request gives.
func AppendBody(r Recorded, b, body []byte) []byte {
	return r.AppendRecord(appendRecords(r, b, body), 0)
}
