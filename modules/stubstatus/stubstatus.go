// Package stubstatus is nginx's ngx_http_stub_status_module: how many connections and requests there are.
package stubstatus

import (
	"strconv"

	"understudy/config"
	"understudy/http1"
	"understudy/vars"
	"understudy/web"
)

// Settings of ngx_http_stub_status_module.
type Settings struct {
	// On answers everything in the location with the numbers; an argument is not looked at.
	On option `nginx:"stub_status" in:"server location" args:"0-1"`
}

var conf = config.Declare[Settings]("ngx_http_stub_status_module")

// Module is ngx_http_stub_status_module.
var Module = &web.Module{Settings: conf, Compile: func(l *web.Location) error {
	if on := &conf.Of(l.Block).On; on.In(l.Block) {
		l.Answer(answer, on.Place)
	}
	return nil
}, Variables: []vars.Def{
	variable("connections_active", func(t *web.Tally) int64 { return t.Active }),
	variable("connections_reading", func(t *web.Tally) int64 { return t.Reading }),
	variable("connections_writing", func(t *web.Tally) int64 { return t.Writing }),
	variable("connections_waiting", func(t *web.Tally) int64 { return t.Waiting }),
}}

func variable(name string, number func(t *web.Tally) int64) vars.Def {
	return web.Var(name, func(_ *web.Exchange, dst []byte) ([]byte, bool) {
		t := web.CountConnections()
		return strconv.AppendInt(dst, number(&t), 10), true
	})
}

// option is `stub_status`: for the block it stands in, and not for those inside.
type option struct{ config.Place }

// Parse implements config.Option.
func (o *option) Parse(c *config.Call) error {
	o.Place = c.Place()
	return nil
}

var plain = []byte("text/plain")

func answer(x *web.Exchange) web.Result {
	if x.Method&(http1.MethodGet|http1.MethodHead) == 0 {
		return 405
	}
	t := web.CountConnections()
	st := x.VarState()
	b := append(st.Scratch(), "Active connections: "...)
	b = strconv.AppendInt(b, t.Active, 10)
	b = append(b, " \nserver accepts handled requests\n "...)
	for _, n := range [...]int64{t.Accepted, t.Accepted, t.Requests} {
		b = append(strconv.AppendInt(b, n, 10), ' ')
	}
	b = strconv.AppendInt(append(b, "\nReading: "...), t.Reading, 10)
	b = strconv.AppendInt(append(b, " Writing: "...), t.Writing, 10)
	b = strconv.AppendInt(append(b, " Waiting: "...), t.Waiting, 10)
	b = append(b, " \n"...)
	res := x.Reply(200, plain, b)
	st.PutScratch(b)
	return res
}
