package proxy

import (
	"strconv"
	"understudy/cache"
	"understudy/http1"

	"understudy/vars"
	"understudy/web"
)

// passing gives the exchange with the upstream if it is the request's location that asks: nothing is known any more where a
// redirect inside has led elsewhere.
func passing(x *web.Exchange) (*Exchange, bool) {
	e, ok := slot.Have(x)
	return e, ok && e.target != nil && e.target.location == x.Location
}

// changeable lets `set` and `map` take a variable's place.
func changeable(d vars.Def) vars.Def {
	d.Changeable = true
	return d
}

// variables are $proxy_… and $upstream_….
var variables = []vars.Def{
	changeable(web.Var("proxy_host", func(x *web.Exchange, dst []byte) ([]byte, bool) {
		e, ok := passing(x)
		if !ok {
			return dst, false
		}
		return append(dst, e.to.host...), true
	})),
	changeable(web.Var("proxy_port", func(x *web.Exchange, dst []byte) ([]byte, bool) {
		e, ok := passing(x)
		if !ok {
			return dst, false
		}
		return append(dst, e.to.port...), true
	})),
	web.Var("proxy_add_x_forwarded_for", func(x *web.Exchange, dst []byte) ([]byte, bool) {
		return x.AppendForwardedFor(dst), true
	}),
	web.Var("proxy_internal_body_length", func(x *web.Exchange, dst []byte) ([]byte, bool) {
		e, have := slot.Have(x)
		if !have {
			return dst, false
		}
		n, ok := e.internalLength(x)
		if !ok {
			return dst, false
		}
		return strconv.AppendInt(dst, n, 10), true
	}),
	web.Var("proxy_internal_chunked", func(x *web.Exchange, dst []byte) ([]byte, bool) {
		e, ok := slot.Have(x)
		if !ok || !e.chunkedBody(x) {
			return dst, false
		}
		return append(dst, "chunked"...), true
	}),
	each("upstream_addr", func(dst []byte, s *state) []byte {
		if s.peer == nil {
			return append(dst, s.group...)
		}
		return append(dst, s.peer.Name...)
	}),
	each("upstream_status", func(dst []byte, s *state) []byte {
		if s.status == 0 {
			return append(dst, '-')
		}
		return strconv.AppendInt(dst, int64(s.status), 10)
	}),
	each("upstream_connect_time", func(dst []byte, s *state) []byte { return millis(dst, s.connect) }),
	each("upstream_header_time", func(dst []byte, s *state) []byte { return millis(dst, s.header) }),
	each("upstream_response_time", func(dst []byte, s *state) []byte { return millis(dst, s.response) }),
	each("upstream_response_length", func(dst []byte, s *state) []byte {
		if s.response < 0 {
			return append(dst, '0') // counted when the answer has ended
		}
		return strconv.AppendInt(dst, s.body, 10)
	}),
	each("upstream_bytes_received", func(dst []byte, s *state) []byte { return strconv.AppendInt(dst, s.received, 10) }),
	each("upstream_bytes_sent", func(dst []byte, s *state) []byte { return strconv.AppendInt(dst, s.bytes, 10) }),
	web.Var("upstream_cache_status", func(x *web.Exchange, dst []byte) ([]byte, bool) {
		e, ok := slot.Have(x)
		if !ok || e.cached == nil || e.cached.status == cacheNone {
			return dst, false
		}
		return append(dst, cacheStatusNames[e.cached.status]...), true
	}),
	web.Var("upstream_cache_last_modified", func(x *web.Exchange, dst []byte) ([]byte, bool) {
		look := revalidates(x)
		if look == nil || look.LastModified < 0 {
			return dst, false
		}
		return http1.AppendDate(dst, look.LastModified), true
	}),
	web.Var("upstream_cache_etag", func(x *web.Exchange, dst []byte) ([]byte, bool) {
		look := revalidates(x)
		if look == nil || len(look.ETag) == 0 {
			return dst, false
		}
		return append(dst, look.ETag...), true
	}),
	web.PrefixVar("upstream_http_", answerHeader),
	web.PrefixVar("upstream_trailer_", answerTrailer),
	web.PrefixVar("upstream_cookie_", answerCookie),
}

// revalidates gives the lookup of an exchange that asks whether an answer that is too old still holds; nil for others.
func revalidates(x *web.Exchange) *cache.Lookup {
	e, ok := slot.Have(x)
	if !ok || e.cached == nil || e.cached.status != cacheExpired || !e.target.conf.CacheRevalidate.On() {
		return nil
	}
	return &e.cached.look
}

// millis prints a time, "-" when it was not reached.
func millis(dst []byte, ms int64) []byte {
	if ms < 0 {
		return append(dst, '-')
	}
	return vars.AppendSeconds(dst, ms)
}

// each makes a variable with one value for every peer tried, as nginx joins them.
func each(name string, one func(dst []byte, s *state) []byte) vars.Def {
	return web.Var(name, func(x *web.Exchange, dst []byte) ([]byte, bool) {
		e, ok := slot.Have(x)
		if !ok {
			return dst, false
		}
		if len(e.states) == 0 {
			return dst, false
		}
		for i := range e.states {
			if i > 0 && e.states[i].after {
				dst = append(dst, " : "...)
			} else if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = one(dst, &e.states[i])
		}
		return dst, true
	})
}

// answerHeader is $upstream_http_NAME.
func answerHeader(name string) func(x *web.Exchange, dst []byte) ([]byte, bool) {
	return func(x *web.Exchange, dst []byte) ([]byte, bool) {
		e, ok := slot.Have(x)
		if !ok {
			return dst, false
		}
		return joinFields(e.answer.Headers, e.text, name, dst)
	}
}

// answerCookie is $upstream_cookie_NAME.
func answerCookie(name string) func(x *web.Exchange, dst []byte) ([]byte, bool) {
	return func(x *web.Exchange, dst []byte) ([]byte, bool) {
		e, ok := slot.Have(x)
		if !ok {
			return dst, false
		}
		for i := range e.answer.Headers {
			h := &e.answer.Headers[i]
			if h.Invalid || h.Name.End > uint32(len(e.text)) || !web.SameName(h.Name.Of(e.text), "set_cookie") {
				continue
			}
			if v, ok := web.SetCookieValue(h.Value.Of(e.text), name); ok {
				return append(dst, v...), true
			}
		}
		return dst, false
	}
}
