package gzip

import (
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"

	"understudy/http1"
	"understudy/web"
)

// filter compresses the answers of one location.
type filter struct{ s *Settings }

// body is the compressor of one answer; it stays with the pooled exchange.
type body struct {
	z     *gzip.Writer // nil as long as the answer is tiny
	ended bool
	level int
	sink  web.Sink
	in    int64
	out   int64
	tiny  []byte // what came so far, as long as it is little
	held  []byte // compressed, not yet passed on
}

// heldLimit: so much is gathered before it goes on, so that a chunk is worth its head.
const heldLimit = 4096

var slot = web.NewSlot[body]()

// writers are compressors by level that no answer uses now; one takes hundreds of kilobytes.
var writers [10]sync.Pool

// Head decides whether the answer is compressed (ngx_http_gzip_header_filter).
func (f *filter) Head(x *web.Exchange) (web.Body, error) {
	o := &x.Out
	switch o.Status {
	case 200, 403, 404:
	default:
		return nil, nil
	}
	if v, ok := o.Header(http1.HdrContentEncoding); ok && len(v) > 0 || o.Length >= 0 && o.Length < f.s.MinLength.Bytes() ||
		!f.s.Types.Match(o.ContentType) {
		return nil, nil
	}
	if f.s.Vary.On() {
		o.VaryEncoding = true
	}
	if other, ok := refused.Have(x); ok && *other || !f.accepted(x) {
		return nil, nil
	}
	b := slot.Of(x)
	b.in, b.out, b.ended = 0, 0, false
	b.tiny, b.held = b.tiny[:0], b.held[:0]
	o.Add(http1.HdrContentEncoding, contentEncoding, gzipValue)
	o.Length = -1
	o.ClearRanges()
	o.WeakETag()
	b.level = f.s.Level.N()
	return b, nil
}

var (
	contentEncoding = []byte("Content-Encoding")
	gzipValue       = []byte("gzip")
)

// Accepted tells whether a compressed answer may go out under the settings of the request's location (ngx_http_gzip_ok); parts
// of other answers are never compressed.
func Accepted(x *web.Exchange) bool {
	f := filter{conf.Of(x.Location.Block)}
	ok := x.IsMain() && f.accepted(x)
	if other, had := refused.Have(x); had && ok {
		*other = false
	}
	return ok
}

// refused is on requests whose answers are not compressed, whatever they say (gzip_tested, but not gzip_ok).
var refused = web.NewSlot[bool]()

// Refuse has no answer to the request compressed: another encoding has been chosen. As in nginx this holds until a module asks
// whether it would be Accepted.
func Refuse(x *web.Exchange) { *refused.Of(x) = true }

// Varies tells whether gzip_vary wants answers to say that they depend on Accept-Encoding.
func Varies(x *web.Exchange) bool { return conf.Of(x.Location.Block).Vary.On() }

// accepted tells whether the request allows a compressed answer.
func (f *filter) accepted(x *web.Exchange) bool {
	field, ok := x.Header(http1.HdrAcceptEncoding)
	if !ok || !acceptsGzip(field) {
		return false
	}
	if f.s.HTTPVersion.Is("1.1") && x.Req.Version < 1001 || x.Req.Version < 1000 {
		return false
	}
	if f.s.Disable.msie6 && x.IsMSIE6() {
		return false
	}
	if _, via := x.Header(http1.HdrVia); via && !f.proxied(x) {
		return false
	}
	if agent, ok := x.Header(http1.HdrUserAgent); ok {
		for _, re := range f.s.Disable.regexes {
			if ok, err := re.Test(x, agent); ok || err != nil {
				return false
			}
		}
	}
	return true
}

// proxied applies gzip_proxied to a request that came through a proxy.
func (f *filter) proxied(x *web.Exchange) bool {
	p := &f.s.Proxied
	o := &x.Out
	if p.Has("off") {
		return false
	}
	if p.Has("any") {
		return true
	}
	if _, ok := x.Header(http1.HdrAuthorization); ok && p.Has("auth") {
		return true
	}
	if v, ok := o.Header(http1.HdrExpires); ok {
		expires, good := http1.ParseDate(v)
		if !p.Has("expired") || !good {
			return false
		}
		date := x.Loop().Now() / 1000
		if o.Date != nil {
			if d, ok := http1.ParseDate(o.Date); ok {
				date = d
			} else {
				return false
			}
		}
		return expires < date
	}
	if _, ok := o.Header(http1.HdrCacheControl); ok {
		return p.Has("no-cache") && o.HasToken(http1.HdrCacheControl, "no-cache") ||
			p.Has("no-store") && o.HasToken(http1.HdrCacheControl, "no-store") ||
			p.Has("private") && o.HasToken(http1.HdrCacheControl, "private")
	}
	if p.Has("no_last_modified") && o.HasLastModified() {
		return false
	}
	if p.Has("no_etag") {
		if _, ok := o.Header(http1.HdrETag); ok || o.ETag != nil {
			return false
		}
	}
	return true
}

// Write compresses a piece (web.Body).
func (b *body) Write(_ *web.Exchange, next web.Sink, p []byte) error {
	b.sink = next
	b.in += int64(len(p))
	if b.in <= tinyLimit {
		b.tiny = append(b.tiny, p...)
		return nil
	}
	if err := b.feed(); err != nil {
		return err
	}
	_, err := b.z.Write(p)
	return err
}

// feed gives the compressor what was held back as long as it was little.
func (b *body) feed() error {
	if b.z == nil {
		b.take()
	}
	if len(b.tiny) == 0 {
		return nil
	}
	_, err := b.z.Write(b.tiny)
	b.tiny = b.tiny[:0]
	return err
}

// take finds a compressor.
func (b *body) take() {
	if z, ok := writers[b.level].Get().(*gzip.Writer); ok {
		b.z = z
	} else {
		b.z, _ = gzip.NewWriterLevel(io.Discard, b.level)
	}
	b.z.Reset(output{b})
	b.z.ModTime, b.z.OS = time.Unix(0, 0), unix // as zlib has it; without a time it would be nonsense
}

// pass hands on what has been gathered.
func (b *body) pass() error {
	if len(b.held) == 0 {
		return nil
	}
	err := b.sink.Write(b.held)
	b.held = b.held[:0]
	return err
}

// Flush brings out what the compressor holds back, or ends it.
func (b *body) Flush(_ *web.Exchange, next web.Sink, last bool) error {
	b.sink = next
	if b.ended {
		return next.Flush(last)
	}
	if !last {
		if err := b.feed(); err != nil {
			return err
		}
		if err := b.z.Flush(); err != nil {
			return err
		}
		if err := b.pass(); err != nil {
			return err
		}
		return next.Flush(false)
	}
	var err error
	b.ended = true
	if b.z == nil {
		b.held = appendTiny(b.held, b.tiny, b.level)
		b.out = int64(len(b.held))
	} else if err = b.feed(); err == nil {
		err = b.z.Close()
	}
	b.free()
	if err != nil {
		return err
	}
	if err := b.pass(); err != nil {
		return err
	}
	return next.Flush(true)
}

// Drop takes the compressor of an answer that broke off (web.Dropper).
func (b *body) Drop() { b.free() }

func (b *body) free() {
	if b.z != nil {
		b.z.Reset(io.Discard)
		writers[b.level].Put(b.z)
		b.z = nil
	}
}

// output is where the compressor writes to.
type output struct{ b *body }

func (w output) Write(p []byte) (int, error) {
	b := w.b
	b.out += int64(len(p))
	b.held = append(b.held, p...)
	if len(b.held) >= heldLimit {
		if err := b.pass(); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// ratio is $gzip_ratio: input by output, two decimals.
func ratio(x *web.Exchange, dst []byte) ([]byte, bool) {
	b, ok := slot.Have(x)
	if !ok || b.out == 0 || b.in == 0 {
		return dst, false
	}
	return AppendRatio(dst, b.in, b.out), true
}

// AppendRatio appends the ratio of two lengths with two decimals.
func AppendRatio(dst []byte, in, out int64) []byte {
	hundredths := in * 1000 / out
	if hundredths%10 > 4 {
		hundredths += 10
	}
	hundredths /= 10
	dst = strconv.AppendInt(dst, hundredths/100, 10)
	return append(dst, '.', byte('0'+hundredths/10%10), byte('0'+hundredths%10))
}
