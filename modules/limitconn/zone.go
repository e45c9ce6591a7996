package limitconn

import (
	"fmt"
	"strings"

	"understudy/config"
	"understudy/vars"
	"understudy/zone"
)

// countZone is a zone of this module in one configuration; its values are numbers of requests or sessions.
type countZone struct {
	*zone.Declared
	key   *vars.Value
	table *zone.Table[int]
}

// countSize is what nginx's node takes beside its key, in bytes.
const countSize = 36

// counts are the tables of the zones of http{} or of stream{}, which do not share them.
type counts struct {
	use  string // names the module where zones are declared
	kept zone.Kept[int]
}

// useIn is the use of the zones of a block.
func useIn(b *config.Block) string {
	if b.Up(config.Stream) != nil {
		return streamTables.use
	}
	return tables.use
}

// open gives the zones of a configuration their tables.
func (t *counts) open(list []*countZone) error {
	for i, z := range list {
		table, previous, ok := t.kept.Open(z.Declared, z.key.Text(), countSize)
		if !ok {
			t.close(list[:i])
			return fmt.Errorf("limit_conn_zone \"%s\" uses the \"%s\" key while previously it used the \"%s\" key", z.Name, z.key.Text(), previous)
		}
		z.table = table
	}
	return nil
}

func (t *counts) close(list []*countZone) {
	for _, z := range list {
		t.kept.Close(z.Declared, z.table)
	}
}

// zoneOption are the zones that an http or stream block declares.
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
	d, err := zone.Declare(c, name, size, useIn(c.Block))
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
	d, err := zone.Declare(c, c.Args[0], 0, useIn(c.Block))
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
