// Package limitreq is nginx's ngx_http_limit_req_module: requests beyond a rate wait, and beyond a burst are refused. The rate is
// kept with a leaky bucket for each value of a key.
package limitreq

import (
	"strings"

	"understudy/config"
	"understudy/errlog"
	"understudy/vars"
	"understudy/web"
	"understudy/zone"
)

// Settings of ngx_http_limit_req_module.
type Settings struct {
	// Zone declares where the states of a key are kept: `limit_req_zone KEY zone=NAME:SIZE rate=N[r/s|r/m]`.
	Zone zoneOption `nginx:"limit_req_zone" in:"http" args:"3"`
	// Limits are in force together: `limit_req zone=NAME [burst=N] [nodelay|delay=N]`.
	Limits limitOption `nginx:"limit_req" in:"http server location" args:"1-3"`
	// LogLevel is that of refusals; delays are logged one level lower.
	LogLevel config.Enum `nginx:"limit_req_log_level" in:"http server location" enum:"info notice warn error" default:"error"`
	// Status answers refused requests.
	Status config.Int `nginx:"limit_req_status" in:"http server location" min:"400" max:"599" default:"503"`
	// DryRun counts and logs, and lets all pass.
	DryRun config.Flag `nginx:"limit_req_dry_run" in:"http server location" default:"off"`
}

var conf = config.Declare[Settings]("ngx_http_limit_req_module")

// Module is ngx_http_limit_req_module.
var Module = &web.Module{Settings: conf, Compile: compile, Start: start, Drop: drop, Variables: []vars.Def{
	web.Var("limit_req_status", statusVariable),
}}

// levels are those of limit_req_log_level, in its order.
var levels = [...]errlog.Level{errlog.Info, errlog.Notice, errlog.Warn, errlog.Error}

func compile(l *web.Location) error {
	s := conf.Of(l.Block)
	if len(s.Limits.list) == 0 {
		return nil
	}
	h := &handler{status: web.Result(s.Status.N()), dryRun: s.DryRun.On()}
	at := s.LogLevel.Index()
	h.level, h.delayLevel = levels[at], levels[max(at-1, 0)]
	if h.dryRun {
		h.remark = ", dry run"
	}
	for _, o := range s.Limits.list {
		h.limits = append(h.limits, limit{zone: o.zone.Value.(*bucketZone), burst: o.burst, delay: o.delay})
	}
	l.On(web.PhasePreaccess, h.run)
	return nil
}

// use names the module where zones are declared.
const use = "limit_req"

// zoneOption are the zones that the http block declares.
type zoneOption struct{ list []*bucketZone }

// bucketZone is a zone of this module in one configuration.
type bucketZone struct {
	*zone.Declared
	key   *vars.Value
	rate  int64 // thousandths of a request per second
	table *zone.Table[bucket]
}

func (o *zoneOption) Parse(c *config.Call) error {
	key, err := vars.Compile(c, c.Args[0])
	if err != nil {
		return err
	}
	var name string
	var size int64
	rate, scale := int64(1), int64(1)
	for _, arg := range c.Args[1:] {
		switch {
		case strings.HasPrefix(arg, "zone="):
			if name, size, err = zone.ParseSpec(c, arg); err != nil {
				return err
			}
		case strings.HasPrefix(arg, "rate="):
			text, perSecond := strings.CutSuffix(arg[5:], "r/s")
			if !perSecond {
				var perMinute bool
				if text, perMinute = strings.CutSuffix(text, "r/m"); perMinute {
					scale = 60
				}
			}
			var ok bool
			if rate, ok = config.ParseNumber(text); !ok || rate == 0 {
				return c.Errorf(`invalid rate "%s"`, arg)
			}
		default:
			return c.Errorf(`invalid parameter "%s"`, arg)
		}
	}
	if name == "" {
		return c.Errorf(`"%s" must have "zone" parameter`, c.Name)
	}
	d, err := zone.Declare(c, name, size, use)
	if err != nil {
		return err
	}
	if z, ok := d.Value.(*bucketZone); ok {
		return c.Errorf(`%s "%s" is already bound to key "%s"`, c.Name, name, z.key.Text())
	}
	z := &bucketZone{Declared: d, key: key, rate: rate * 1000 / scale}
	d.Value = z
	o.list = append(o.list, z)
	return nil
}

// limitOption are the limits of a block, inherited whole or not at all.
type limitOption struct{ list []limitArgs }

type limitArgs struct {
	zone         *zone.Declared
	burst, delay int64 // thousandths of a request
}

// noDelay stands for a delay that no burst reaches.
const noDelay = int64(1) << 53

func (o *limitOption) Parse(c *config.Call) error {
	var l limitArgs
	for _, arg := range c.Args {
		name, value, _ := strings.Cut(arg, "=")
		switch {
		case strings.HasPrefix(arg, "zone="):
			var err error
			if l.zone, err = zone.Declare(c, value, 0, use); err != nil {
				return err
			}
		case strings.HasPrefix(arg, "burst="), strings.HasPrefix(arg, "delay="):
			n, ok := config.ParseNumber(value)
			if !ok || n == 0 {
				return c.Errorf(`invalid %s value "%s"`, name, arg)
			}
			if name == "burst" {
				l.burst = n * 1000
			} else {
				l.delay = n * 1000
			}
		case arg == "nodelay":
			l.delay = noDelay
		default:
			return c.Errorf(`invalid parameter "%s"`, arg)
		}
	}
	if l.zone == nil {
		return c.Errorf(`"%s" must have "zone" parameter`, c.Name)
	}
	for i := range o.list {
		if o.list[i].zone == l.zone {
			return c.Duplicate()
		}
	}
	o.list = append(o.list, l)
	return nil
}

// Inherit implements config.Inheriting.
func (o *limitOption) Inherit(parent config.Option) {
	if o.list == nil {
		o.list = parent.(*limitOption).list
	}
}
