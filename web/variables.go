package web

import (
	"encoding/hex"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"understudy/config"
	"understudy/http1"
	"understudy/reactor"
	"understudy/vars"
)

// attachVariables gives an http block its table of variables.
func attachVariables(cfg *config.Config, b *config.Block) {
	defs := [][]vars.Def{vars.Process, vars.Client}
	for _, m := range modulesOf(cfg.Registry) {
		if len(m.Variables) > 0 {
			defs = append(defs, m.Variables)
		}
	}
	table := vars.NewTable(defs...)
	vars.Attach(b, table)
	cfg.OnMerged(b, table.Finish)
}

// Var makes a variable that reads an exchange.
func Var(name string, get func(x *Exchange, dst []byte) ([]byte, bool)) vars.Def {
	return vars.Def{Name: name, Get: func(s vars.Subject, dst []byte) ([]byte, bool) { return get(s.(*Exchange), dst) }}
}

// PrefixVar makes a family of variables: get is made once for each name behind the prefix.
func PrefixVar(prefix string, named func(name string) func(x *Exchange, dst []byte) ([]byte, bool)) vars.Def {
	return vars.Def{Name: prefix, Prefix: true, GetNamed: func(name string) vars.Getter {
		get := named(name)
		return func(s vars.Subject, dst []byte) ([]byte, bool) { return get(s.(*Exchange), dst) }
	}}
}

// lasting makes a variable keep the value it had when it was first asked for, as nginx does of most: here it matters, since what
// these say changes in the course of a request.
func lasting(d vars.Def) vars.Def {
	d.Cached = true
	return d
}

// tcpVar is a figure of the client's connection.
func tcpVar(name string, of func(reactor.TCPInfo) uint32) vars.Def {
	return lasting(Var(name, func(x *Exchange, dst []byte) ([]byte, bool) {
		info, ok := x.client.conn.TCPInfo()
		if !ok {
			return dst, false
		}
		return strconv.AppendUint(dst, uint64(of(info)), 10), true
	}))
}

func text(get func(x *Exchange) []byte) func(x *Exchange, dst []byte) ([]byte, bool) {
	return func(x *Exchange, dst []byte) ([]byte, bool) { return append(dst, get(x)...), true }
}

func number(get func(x *Exchange) int64) func(x *Exchange, dst []byte) ([]byte, bool) {
	return func(x *Exchange, dst []byte) ([]byte, bool) { return strconv.AppendInt(dst, get(x), 10), true }
}

func header(id http1.HeaderID) func(x *Exchange, dst []byte) ([]byte, bool) {
	return func(x *Exchange, dst []byte) ([]byte, bool) {
		v, ok := x.Header(id)
		return append(dst, v...), ok
	}
}

// coreVariables are ngx_http_core_module's and the general ones.
var coreVariables = []vars.Def{
	Var("http_host", header(http1.HdrHost)),
	Var("http_user_agent", joined(http1.HdrUserAgent, ", ")),
	Var("http_referer", joined(http1.HdrReferer, ", ")),
	Var("http_via", joined(http1.HdrVia, ", ")),
	Var("http_x_forwarded_for", joined(http1.HdrXForwardedFor, ", ")),
	Var("http_cookie", joined(http1.HdrCookie, "; ")),
	Var("content_length", func(x *Exchange, dst []byte) ([]byte, bool) {
		if v, ok := x.Header(http1.HdrContentLength); ok {
			return append(dst, v...), true
		}
		if x.Req.Chunked && (x.Body.state == bodyWhole || x.Body.failed != nil) {
			return strconv.AppendInt(dst, x.Body.length, 10), true
		}
		return dst, false
	}),
	Var("content_type", joined(http1.HdrContentType, ", ")),
	Var("host", func(x *Exchange, dst []byte) ([]byte, bool) {
		if len(x.Host) > 0 {
			return append(dst, x.Host...), true
		}
		return append(dst, x.Server.Name...), true
	}),
	Var("server_addr", func(x *Exchange, dst []byte) ([]byte, bool) {
		if x.client.conn.IsUnix() {
			return append(dst, x.client.port.Text...), true
		}
		return x.client.local().Addr().AppendTo(dst), true
	}),
	Var("server_port", func(x *Exchange, dst []byte) ([]byte, bool) {
		if x.client.conn.IsUnix() {
			return dst, true
		}
		return strconv.AppendUint(dst, uint64(x.client.local().Port()), 10), true
	}),
	tcpVar("tcpinfo_rtt", func(i reactor.TCPInfo) uint32 { return i.RTT }),
	tcpVar("tcpinfo_rttvar", func(i reactor.TCPInfo) uint32 { return i.RTTVar }),
	tcpVar("tcpinfo_snd_cwnd", func(i reactor.TCPInfo) uint32 { return i.SndCwnd }),
	tcpVar("tcpinfo_rcv_space", func(i reactor.TCPInfo) uint32 { return i.RcvSpace }),
	Var("server_protocol", func(x *Exchange, dst []byte) ([]byte, bool) {
		p := x.Req.Protocol
		if p.End <= p.Off { // none, or cut short
			return dst, p.Off != 0
		}
		return append(dst, p.Of(x.head)...), true
	}),
	Var("scheme", text(func(x *Exchange) []byte { return schemeHTTP })),
	Var("https", func(x *Exchange, dst []byte) ([]byte, bool) { return dst, true }),
	Var("request_port", func(x *Exchange, dst []byte) ([]byte, bool) {
		if x.Req.Port != 0 {
			return strconv.AppendUint(dst, uint64(x.Req.Port), 10), true
		}
		return dst, true
	}),
	Var("is_request_port", func(x *Exchange, dst []byte) ([]byte, bool) {
		if x.Req.Port != 0 {
			return append(dst, ':'), true
		}
		return dst, true
	}),
	Var("request_uri", func(x *Exchange, dst []byte) ([]byte, bool) {
		if x.URI == nil || x.Req.Target.Empty() || !x.lineDone() {
			return dst, false
		}
		return append(dst, x.Target()...), true
	}),
	Var("uri", func(x *Exchange, dst []byte) ([]byte, bool) { return append(dst, x.URI...), x.URI != nil }),
	Var("document_uri", func(x *Exchange, dst []byte) ([]byte, bool) { return append(dst, x.URI...), x.URI != nil }),
	Var("request", text((*Exchange).requestLine)),
	Var("document_root", func(x *Exchange, dst []byte) ([]byte, bool) { return x.AppendRoot(dst), true }),
	Var("realpath_root", func(x *Exchange, dst []byte) ([]byte, bool) { return x.appendRealRoot(dst) }),
	Var("request_filename", (*Exchange).FilePath),
	Var("query_string", func(x *Exchange, dst []byte) ([]byte, bool) { return append(dst, x.Args...), x.Args != nil }),
	{Name: "args", Changeable: true, Get: func(s vars.Subject, dst []byte) ([]byte, bool) {
		x := s.(*Exchange)
		return append(dst, x.Args...), x.Args != nil
	}, Set: func(s vars.Subject, value []byte) { s.(*Exchange).setArgs(value) }},
	limitRateVariable,
	Var("is_args", func(x *Exchange, dst []byte) ([]byte, bool) {
		if len(x.Args) > 0 {
			dst = append(dst, '?')
		}
		return dst, true
	}),
	Var("server_name", func(x *Exchange, dst []byte) ([]byte, bool) { return append(dst, x.Server.Name...), true }),
	Var("request_method", func(x *Exchange, dst []byte) ([]byte, bool) {
		if x.front == nil && !x.Req.LineDone() {
			if x.Internal && x.Method == http1.MethodGet { // the error page's
				return append(dst, methodGet...), true
			}
			return dst, false
		}
		return append(dst, x.MethodName()...), true
	}),
	Var("remote_user", func(x *Exchange, dst []byte) ([]byte, bool) { return appendUser(dst, x) }),
	Var("bytes_sent", number((*Exchange).BytesSent)),
	Var("body_bytes_sent", number((*Exchange).BodyBytesSent)),
	Var("pipe", func(x *Exchange, dst []byte) ([]byte, bool) {
		if x.pipelined {
			return append(dst, 'p'), true
		}
		return append(dst, '.'), true
	}),
	lasting(Var("request_completion", func(x *Exchange, dst []byte) ([]byte, bool) {
		if r, ok := refusals.Have(x); x.ended && !x.abort && !(ok && r.Clean) {
			dst = append(dst, "OK"...)
		}
		return dst, true
	})),
	lasting(Var("request_body", func(x *Exchange, dst []byte) ([]byte, bool) {
		if x.Body.state != bodyWhole || x.Body.mem == nil || x.Body.file != nil {
			return dst, false
		}
		return append(dst, x.Body.mem...), true
	})),
	lasting(Var("request_body_file", func(x *Exchange, dst []byte) ([]byte, bool) {
		if x.Body.file == nil {
			return dst, false
		}
		return append(dst, x.Body.file.Name()...), true
	})),
	Var("request_length", func(x *Exchange, dst []byte) ([]byte, bool) {
		if x.main != x {
			return append(dst, '0'), true
		}
		if x.front != nil {
			return strconv.AppendInt(dst, x.front.HeadLength()+x.Body.length, 10), true
		}
		return strconv.AppendInt(dst, int64(x.Req.Length())+x.Body.wire, 10), true
	}),
	Var("request_time", func(x *Exchange, dst []byte) ([]byte, bool) {
		return vars.AppendSeconds(dst, max(x.Loop().Now()-x.Started, 0)), true
	}),
	{Name: "request_id", Cached: true, Get: func(_ vars.Subject, dst []byte) ([]byte, bool) {
		var raw [16]byte
		a, b := rand.Uint64(), rand.Uint64()
		for i := range 8 {
			raw[i], raw[8+i] = byte(a>>(8*i)), byte(b>>(8*i))
		}
		return hex.AppendEncode(dst, raw[:]), true
	}},
	Var("status", func(x *Exchange, dst []byte) ([]byte, bool) {
		switch status := x.Status(); {
		case status > 0:
			for n := status; n < 100; n *= 10 {
				dst = append(dst, '0')
			}
			return strconv.AppendInt(dst, int64(status), 10), true
		case x.Req.Version == 9:
			return append(dst, "009"...), true
		}
		return append(dst, "000"...), true
	}),
	lasting(Var("sent_http_content_type", func(x *Exchange, dst []byte) ([]byte, bool) {
		return append(dst, x.Out.ContentType...), len(x.Out.ContentType) > 0
	})),
	lasting(Var("sent_http_content_length", func(x *Exchange, dst []byte) ([]byte, bool) {
		if x.Out.Length < 0 {
			return dst, false
		}
		return strconv.AppendInt(dst, x.Out.Length, 10), true
	})),
	lasting(Var("sent_http_location", func(x *Exchange, dst []byte) ([]byte, bool) {
		if x.Out.Location != nil {
			if x.headSize > 0 { // the head has gone out with it
				return x.AppendLocation(dst), true
			}
			return append(dst, x.Out.Location...), true
		}
		v, ok := x.Out.Header(http1.HdrLocation)
		return append(dst, v...), ok
	})),
	lasting(Var("sent_http_last_modified", func(x *Exchange, dst []byte) ([]byte, bool) {
		if x.HeadSent() && !x.Out.hasDate() { // what an upstream says of one is passed on, but nginx does not count it
			return dst, false
		}
		if x.Out.LastModified >= 0 {
			return http1.AppendDate(dst, x.Out.LastModified), true
		}
		v, ok := x.Out.Header(http1.HdrLastModified)
		return append(dst, v...), ok
	})),
	lasting(Var("sent_http_connection", func(x *Exchange, dst []byte) ([]byte, bool) {
		switch {
		case x.Out.Status == statusSwitchingProtocols:
			return append(dst, "upgrade"...), true
		case x.keepalive && !x.logged: // in nginx's logs every connection is as good as closed
			return append(dst, "keep-alive"...), true
		}
		return append(dst, "close"...), true
	})),
	lasting(Var("sent_http_keep_alive", func(x *Exchange, dst []byte) ([]byte, bool) {
		if sec := x.Location.Conf.KeepaliveTimeout.header.D(); x.keepalive && !x.logged && sec > 0 {
			return strconv.AppendInt(append(dst, "timeout="...), int64(sec/time.Second), 10), true
		}
		return dst, false
	})),
	lasting(Var("sent_http_transfer_encoding", func(x *Exchange, dst []byte) ([]byte, bool) {
		if !x.chunked {
			return dst, false
		}
		return append(dst, "chunked"...), true
	})),
	PrefixVar("http_", requestHeader),
	lasting(Var("sent_http_cache_control", sentHeader("cache_control"))), // no set or map of the configuration may take their place
	lasting(Var("sent_http_link", sentHeader("link"))),
	lasting(PrefixVar("sent_http_", sentHeader)),
	PrefixVar("cookie_", cookie),
	PrefixVar("arg_", argument),
	Var("connection", func(x *Exchange, dst []byte) ([]byte, bool) {
		return strconv.AppendUint(dst, x.client.conn.Serial(), 10), true
	}),
	Var("connection_requests", number(func(x *Exchange) int64 { return int64(x.client.requests) })),
	Var("connection_time", func(x *Exchange, dst []byte) ([]byte, bool) {
		return vars.AppendSeconds(dst, max(x.Loop().Mono()-x.client.started, 0)), true
	}),
}

var schemeHTTP = []byte("http")

// Time implements vars.Timed.
func (x *Exchange) Time() (now int64, c *vars.Clock) { return x.Loop().Now(), &x.client.worker.clock }

// Status is the answer's status as it is logged.
func (x *Exchange) Status() int {
	if x.errStatus != 0 {
		return x.errStatus
	}
	return x.Out.Status
}

// setArgs replaces the arguments (`set $args …`).
func (x *Exchange) setArgs(value []byte) {
	if x.Args = x.VarState().Keep(value); x.Args == nil {
		x.Args = []byte{} // empty, rather than not there
	}
	x.unparsed = false
}

// joined gives all fields of one name, joined as nginx joins them.
func joined(id http1.HeaderID, sep string) func(x *Exchange, dst []byte) ([]byte, bool) {
	return func(x *Exchange, dst []byte) ([]byte, bool) {
		if x.Req.Known[id] == 0 {
			return dst, false
		}
		first := true
		for i := range x.Req.Headers {
			if x.Req.Headers[i].ID != id {
				continue
			}
			if !first {
				dst = append(dst, sep...)
			}
			first = false
			dst = append(dst, x.Req.Headers[i].Value.Of(x.head)...)
		}
		return dst, true
	}
}

// requestHeader is $http_NAME: all fields of that name, joined by ", ".
func requestHeader(name string) func(x *Exchange, dst []byte) ([]byte, bool) {
	if id := http1.Lookup([]byte(strings.ReplaceAll(name, "_", "-"))); id != http1.HdrNone {
		return joined(id, ", ")
	}
	return func(x *Exchange, dst []byte) ([]byte, bool) {
		found := false
		for i := range x.Req.Headers {
			h := &x.Req.Headers[i]
			if !sameName(h.Name.Of(x.head), name) {
				continue
			}
			if found {
				dst = append(dst, ", "...)
			}
			found = true
			dst = append(dst, h.Value.Of(x.head)...)
		}
		return dst, found
	}
}

// sentHeader is $sent_http_NAME.
func sentHeader(name string) func(x *Exchange, dst []byte) ([]byte, bool) {
	return func(x *Exchange, dst []byte) ([]byte, bool) {
		if name == "etag" && x.Out.ETag != nil {
			return append(dst, x.Out.ETag...), true
		}
		found := false
		for i := range x.Out.Headers {
			h := &x.Out.Headers[i]
			if !sameName(h.Name, name) {
				continue
			}
			if found {
				dst = append(dst, ", "...)
			}
			found = true
			dst = append(dst, h.Value...)
		}
		return dst, found
	}
}

// sameName compares a field name with a variable's: case does not matter, "-" is "_".
func sameName(field []byte, name string) bool {
	if len(field) != len(name) {
		return false
	}
	for i, c := range field {
		switch {
		case 'A' <= c && c <= 'Z':
			c |= 0x20
		case c == '-':
			c = '_'
		}
		if c != name[i] {
			return false
		}
	}
	return true
}
