package web

import (
	"io/fs"
	"os"
	"strings"

	"understudy/config"
	"understudy/vars"
)

// disableSymlinks is `disable_symlinks off` or `disable_symlinks on|if_not_owner [from=PART]`.
type disableSymlinks struct {
	mode linkMode
	from *vars.Value // up to here the path may have links
}

// linkMode says which links in a path are followed.
type linkMode uint8

const (
	linksUnset    linkMode = iota
	linksFollowed          // off
	linksOfOwner           // if_not_owner: those that belong to the owner of what they lead to
	linksRefused           // on
)

// Parse implements config.Option.
func (o *disableSymlinks) Parse(c *config.Call) error {
	if o.mode != linksUnset {
		return c.Duplicate()
	}
	for _, arg := range c.Args {
		switch {
		case arg == "off":
			o.mode = linksFollowed
		case arg == "if_not_owner":
			o.mode = linksOfOwner
		case arg == "on":
			o.mode = linksRefused
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
	case o.mode == linksUnset:
		return c.Errorf(`"%s" must have "off", "on" or "if_not_owner" parameter`, c.Name)
	case len(c.Args) == 2 && o.from == nil:
		return c.Errorf(`duplicate parameters "%s %s"`, c.Args[0], c.Args[1])
	case o.from != nil && o.mode == linksFollowed:
		return c.Errorf(`"from=" cannot be used with "off" parameter`)
	case o.mode != linksFollowed && !linksCanBeRefused:
		return c.Errorf(`"%s" is not supported on this platform`, c.Name)
	}
	return nil
}

// Inherit implements config.Inheriting.
func (o *disableSymlinks) Inherit(parent config.Option) {
	if o.mode == linksUnset {
		*o = *parent.(*disableSymlinks)
	}
}

// OpenFile is OpenFile under disable_symlinks of the location.
func (x *Exchange) OpenFile(name string) (*os.File, fs.FileInfo, error) {
	mode, from := x.links(name)
	if mode <= linksFollowed {
		return OpenFile(name)
	}
	f, err := openBeneath(name, mode, from)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// Stat looks at a file under disable_symlinks of the location, for which it has to be opened.
func (x *Exchange) Stat(name string) (fs.FileInfo, error) {
	if x.Location.Conf.DisableSymlinks.mode <= linksFollowed {
		return os.Stat(name)
	}
	f, info, err := x.OpenFile(name)
	if err == nil {
		f.Close()
	}
	return info, err
}

// links tells which links a path may have, and how long its part is in which they do not matter.
func (x *Exchange) links(name string) (mode linkMode, from int) {
	o := &x.Location.Conf.DisableSymlinks
	if o.mode <= linksFollowed || o.from == nil {
		return o.mode, 0
	}
	part := string(o.from.Bytes(x))
	n := len(part)
	switch {
	case n == 0 || !strings.HasPrefix(name, part):
		return o.mode, 0
	case n == len(name):
		return linksFollowed, 0
	case name[n] == '/':
		return o.mode, n
	case name[n-1] == '/':
		return o.mode, n - 1
	}
	return o.mode, 0
}
