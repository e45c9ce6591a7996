package proxy

import (
	"fmt"
	"os"
	"time"

	"understudy/cache"
	"understudy/errlog"
	"understudy/http1"
	"understudy/web"
)

// storing is an answer that is being written to a file (proxy_store).
type storing struct {
	temp *web.TempPath
	f    *os.File
	buf  []byte
	size int64
	err  error
}

const storeLimit = 64 << 10

// startStore begins to store the answer whose head has been read, if it is one that is stored.
func (t *target) startStore(x *web.Exchange, e *Exchange) {
	if e.answer.Status == 200 && e.buffered {
		e.store = &storing{temp: &t.conf.TempPath}
	}
}

func (st *storing) write(x *web.Exchange, p []byte) {
	st.size += int64(len(p))
	if st.buf = append(st.buf, p...); len(st.buf) >= storeLimit {
		x.Task.Offload(st.flush)
		st.logged(x)
	}
}

// flush puts what has been collected into the temporary file.
func (st *storing) flush() {
	if st.err != nil {
		return
	}
	if st.f == nil {
		if st.f, st.err = st.temp.Create(true); st.err != nil {
			return
		}
	}
	if _, err := st.f.Write(st.buf); err != nil {
		st.err = fmt.Errorf("pwritev() \"%s\" failed (%s)", st.f.Name(), web.ErrnoText(err))
	}
	st.buf = st.buf[:0]
}

// logged writes the first error to the log; from then on nothing is collected.
func (st *storing) logged(x *web.Exchange) {
	if st.err != nil && st.size >= 0 {
		x.Errorf(errlog.Crit, "%s", st.err)
		st.size = -1 << 62
	}
}

// commit puts an answer that came whole where it belongs.
func (st *storing) commit(x *web.Exchange, e *Exchange) {
	s := e.target.conf
	if n := e.answer.ContentLength; n >= 0 && !e.answer.Chunked && n != st.size || st.err != nil {
		st.drop()
		return
	}
	var name []byte
	if s.Store.path != nil {
		name = s.Store.path.Append(nil, x)
	} else {
		name = x.AppendPath(nil)
	}
	if len(name) == 0 {
		st.drop()
		return
	}
	var at time.Time
	if v := e.answer.Value(e.text, http1.HdrLastModified); v != nil {
		if sec, ok := http1.ParseDate(v); ok {
			at = time.Unix(sec, 0)
		}
	}
	x.Task.Offload(func() {
		if st.flush(); st.err != nil {
			return
		}
		temp := st.f.Name()
		st.f.Chmod(s.StoreAccess.file())
		if !at.IsZero() {
			os.Chtimes(temp, at, at)
		}
		if st.err = cache.Move(temp, string(name), s.StoreAccess.dirs()); st.err == nil {
			st.f.Close()
			st.f = nil
		}
	})
	st.logged(x)
	st.drop()
}

// drop removes what has been written of an answer that did not come whole.
func (st *storing) drop() {
	if st.f != nil {
		st.f.Close()
		os.Remove(st.f.Name())
		st.f = nil
	}
}
