// Package limitconn is nginx's ngx_http_limit_conn_module: so many requests at a time for each value of a key.
package limitconn

import (
	"fmt"
	"strings"

	"understudy/config"
	"understudy/errlog"
	"understudy/vars"
	"understudy/web"
	"understudy/zone"
)

// Settings of ngx_http_limit_conn_module.
type Settings struct {
	// Zone declares where the numbers are kept: `limit_conn_zone KEY zone=NAME:SIZE`.
	Zone zoneOption `nginx:"limit_conn_zone" in:"http" args:"2"`
	// Limits are in force together: `limit_conn ZONE NUMBER`.
	Limits limitOption `nginx:"limit_conn" in:"http server location" args:"2"`
	// LogLevel is that of refusals.
	LogLevel config.Enum `nginx:"limit_conn_log_level" in:"http server location" enum:"info notice warn error" default:"error"`
	// Status answers refused requests.
	Status config.Int `nginx:"limit_conn_status" in:"http server location" min:"400" max:"599" default:"503"`
	// DryRun counts and logs, and lets all pass.
	DryRun config.Flag `nginx:"limit_conn_dry_run" in:"http server location" default:"off"`
}

var conf = config.Declare[Settings]("ngx_http_limit_conn_module")

// Module is ngx_http_limit_conn_module.
var Module = &web.Module{Settings: conf, Compile: compile, Start: start, Drop: drop, Variables: []vars.Def{
	web.Var("limit_conn_status", statusVariable),
}}

// levels are those of limit_conn_log_level, in its order.
var levels = [...]errlog.Level{errlog.Info, errlog.Notice, errlog.Warn, errlog.Error}

func compile(l *web.Location) error {
	s := conf.Of(l.Block)
	if len(s.Limits.list) == 0 {
		return nil
	}
	h := &handler{status: web.Result(s.Status.N()), level: levels[s.LogLevel.Index()], dryRun: s.DryRun.On()}
	if h.dryRun {
		h.remark = ", dry run,"
	}
	for _, o := range s.Limits.list {
		h.limits = append(h.limits, limit{zone: o.zone.Value.(*countZone), max: o.max})
	}
	l.On(web.PhasePreaccess, h.run)
	return nil
}

// use names the module where zones are declared.
const use = "limit_conn"

// countZone is a zone of this module in one configuration; its values are numbers of requests.
type countZone struct {
	*zone.Declared
	key   *vars.Value
	table *zone.Table[int]
}

// countSize is what nginx's node takes beside its key, in bytes.
const countSize = 36

var tables zone.Kept[int]

func start(s *web.Site) error {
	list := conf.Of(s.Block).Zone.list
	for i, z := range list {
		table, previous, ok := tables.Open(z.Declared, z.key.Text(), countSize)
		if !ok {
			closeTables(list[:i])
			return fmt.Errorf("limit_conn_zone \"%s\" uses the \"%s\" key while previously it used the \"%s\" key", z.Name, z.key.Text(), previous)
		}
		z.table = table
	}
	return nil
}

func drop(s *web.Site) { closeTables(conf.Of(s.Block).Zone.list) }

func closeTables(list []*countZone) {
	for _, z := range list {
		tables.Close(z.Declared, z.table)
	}
}

// zoneOption are the zones that the http block declares.
type zoneOption struct{ list []*countZone }

func (o *zoneOption) Parse(c *config.Call) error {
	key, err := vars.Compile(c, c.Args[0])
	if err != nil {
		return err
	}
	if !strings.HasPrefix(c.Args[1], "zone=") {
		return c.Errorf(`invalid parameter "%s"`, c.Args[1])
	}
	name, size, err := zone.ParseSpec(c, c.Args[1])
	if err != nil {
		return err
	}
	if name == "" {
		return c.Errorf(`"%s" must have "zone" parameter`, c.Name)
	}
	d, err := zone.Declare(c, name, size, use)
	if err != nil {
		return err
	}
	if z, ok := d.Value.(*countZone); ok {
		return c.Errorf(`%s "%s" is already bound to key "%s"`, c.Name, name, z.key.Text())
	}
	z := &countZone{Declared: d, key: key}
	d.Value = z
	o.list = append(o.list, z)
	return nil
}

// limitOption are the limits of a block, inherited whole or not at all.
type limitOption struct{ list []limitArgs }

type limitArgs struct {
	zone *zone.Declared
	max  int
}

func (o *limitOption) Parse(c *config.Call) error {
	d, err := zone.Declare(c, c.Args[0], 0, use)
	if err != nil {
		return err
	}
	for i := range o.list {
		if o.list[i].zone == d {
			return c.Duplicate()
		}
	}
	n, ok := config.ParseNumber(c.Args[1])
	switch {
	case !ok || n == 0:
		return c.Errorf(`invalid number of connections "%s"`, c.Args[1])
	case n > 65535:
		return c.Errorf("connection limit must be less 65536")
	}
	o.list = append(o.list, limitArgs{d, int(n)})
	return nil
}

// Inherit implements config.Inheriting.
func (o *limitOption) Inherit(parent config.Option) {
	if o.list == nil {
		o.list = parent.(*limitOption).list
	}
}
