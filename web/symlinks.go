package web

import (
	"bytes"
	"strings"

	"understudy/config"
	"understudy/openfile"
	"understudy/vars"
)

// disableSymlinks is `disable_symlinks off` or `disable_symlinks on|if_not_owner [from=PART]`.
type disableSymlinks struct {
	mode openfile.LinkMode
	from *vars.Value // up to here the path may have links
}

// Parse implements config.Option.
func (o *disableSymlinks) Parse(c *config.Call) error {
	if o.mode != openfile.LinksUnset {
		return c.Duplicate()
	}
	for _, arg := range c.Args {
		switch {
		case arg == "off":
			o.mode = openfile.LinksFollowed
		case arg == "if_not_owner":
			o.mode = openfile.LinksOfOwner
		case arg == "on":
			o.mode = openfile.LinksRefused
		case strings.HasPrefix(arg, "from="):
			var err error
			if o.from, err = vars.Compile(c, arg[len("from="):]); err != nil {
				return err
			}
		default:
			return c.Errorf(`invalid parameter "%s"`, arg)
		}
	}
	switch {
	case o.mode == openfile.LinksUnset:
		return c.Errorf(`"%s" must have "off", "on" or "if_not_owner" parameter`, c.Name)
	case len(c.Args) == 2 && o.from == nil:
		return c.Errorf(`duplicate parameters "%s %s"`, c.Args[0], c.Args[1])
	case o.from != nil && o.mode == openfile.LinksFollowed:
		return c.Errorf(`"from=" cannot be used with "off" parameter`)
	case o.mode != openfile.LinksFollowed && !openfile.LinksCanBeRefused:
		return c.Errorf(`"%s" is not supported on this platform`, c.Name)
	}
	return nil
}

// Inherit implements config.Inheriting.
func (o *disableSymlinks) Inherit(parent config.Option) {
	if o.mode == openfile.LinksUnset {
		*o = *parent.(*disableSymlinks)
	}
}

// links tells which links a path may have, and how long its part is in which they do not matter.
func (x *Exchange) links(name []byte) (mode openfile.LinkMode, from int) {
	o := &x.Location.Conf.DisableSymlinks
	if o.mode <= openfile.LinksFollowed || o.from == nil {
		return o.mode, 0
	}
	part := o.from.Bytes(x)
	n := len(part)
	switch {
	case n == 0 || !bytes.HasPrefix(name, part):
		return o.mode, 0
	case n == len(name):
		return openfile.LinksFollowed, 0
	case name[n] == '/':
		return o.mode, n
	case name[n-1] == '/':
		return o.mode, n - 1
	}
	return o.mode, 0
}
