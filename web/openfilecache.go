package web

import (
	"slices"
	"strings"

	"understudy/config"
	"understudy/openfile"
)

// openFileCache is `open_file_cache off` or `open_file_cache max=N [inactive=TIME]`. Blocks that inherit it share one cache.
type openFileCache struct {
	set    bool
	limits *openFileLimits // nil = off
}

type openFileLimits struct {
	max      int
	inactive int64 // ms
}

// Parse implements config.Option.
func (o *openFileCache) Parse(c *config.Call) error {
	if o.set {
		return c.Duplicate()
	}
	o.set = true
	limits, off := openFileLimits{inactive: 60_000}, false
	for _, arg := range c.Args {
		bad := false
		if text, ok := strings.CutPrefix(arg, "max="); ok {
			n, ok := config.ParseNumber(text)
			limits.max, bad = int(n), !ok || n <= 0
		} else if text, ok := strings.CutPrefix(arg, "inactive="); ok {
			n, ok := config.ParseSeconds(text)
			limits.inactive, bad = 1000*n, !ok
		} else if arg == "off" {
			off = true
		} else {
			bad = true
		}
		if bad {
			return c.Errorf(`invalid "open_file_cache" parameter "%s"`, arg)
		}
	}
	switch {
	case off:
		return nil
	case limits.max == 0:
		return c.Errorf(`"open_file_cache" must have the "max" parameter`)
	}
	o.limits = &limits
	return nil
}

// Inherit implements config.Inheriting.
func (o *openFileCache) Inherit(parent config.Option) {
	if !o.set {
		o.limits = parent.(*openFileCache).limits
	}
}

// openFilesOf numbers the caches of a site; -1 = none.
func (s *Site) openFilesOf(limits *openFileLimits) int {
	if limits == nil {
		return -1
	}
	i := slices.Index(s.openFiles, limits)
	if i < 0 {
		i = len(s.openFiles)
		s.openFiles = append(s.openFiles, limits)
	}
	return i
}

// openFiles gives the loop's own cache of a number.
func (w *worker) openFiles(i int) *openfile.Cache {
	if w.caches == nil {
		w.caches = make([]*openfile.Cache, len(w.site.openFiles))
	}
	c := w.caches[i]
	if c == nil {
		limits := w.site.openFiles[i]
		c = openfile.NewCache(limits.max, limits.inactive)
		w.caches[i] = c
	}
	return c
}

// closeOpenFiles closes what the caches of a generation keep open; nothing of it runs any more.
func closeOpenFiles(s *Site) {
	for _, w := range s.Workers {
		for _, c := range w.caches {
			if c != nil {
				c.Close()
			}
		}
		w.caches = nil
	}
}
