package streamproxy

import (
	"strconv"

	"understudy/stream"
	"understudy/vars"
)

// variables are those of ngx_stream_upstream_module.
var variables = []vars.Def{
	each("upstream_addr", func(st *state, dst []byte) []byte { return append(dst, st.peer...) }),
	each("upstream_bytes_sent", func(st *state, dst []byte) []byte { return strconv.AppendInt(dst, st.sent, 10) }),
	each("upstream_bytes_received", func(st *state, dst []byte) []byte { return strconv.AppendInt(dst, st.received, 10) }),
	each("upstream_connect_time", func(st *state, dst []byte) []byte { return appendTime(dst, st.connect) }),
	each("upstream_first_byte_time", func(st *state, dst []byte) []byte { return appendTime(dst, st.firstByte) }),
	each("upstream_session_time", func(st *state, dst []byte) []byte { return appendTime(dst, st.session) }),
}

// each makes a variable that lists something of every peer that was asked.
func each(name string, value func(st *state, dst []byte) []byte) vars.Def {
	return stream.Var(name, func(s *stream.Session, dst []byte) ([]byte, bool) {
		p, ok := s.Upstream.(*passage)
		if !ok || len(p.states) == 0 {
			return dst, false
		}
		for i := range p.states {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = value(&p.states[i], dst)
		}
		return dst, true
	})
}

func appendTime(dst []byte, ms int64) []byte {
	if ms < 0 {
		return append(dst, '-')
	}
	return vars.AppendSeconds(dst, ms)
}

func appendPair(b []byte, from, to int64) []byte {
	return strconv.AppendInt(append(strconv.AppendInt(b, from, 10), '/'), to, 10)
}
