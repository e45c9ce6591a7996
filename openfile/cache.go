package openfile

// Cache keeps files open from one request to the next, and remembers directories and errors: open_file_cache. What it remembers is
// believed for How.Valid and then looked at again; what nobody asks for during inactive is forgotten, when the cache is next
// used; and when it is full, what was used longest ago. It belongs to one loop.
type Cache struct {
	max      int
	inactive int64 // ms
	now      int64 // of the last use
	entries  map[string]*entry
	order    entry // ring: next is the one used last
}

// entry is what is known of one name.
type entry struct {
	Info
	name     string
	d        descriptor // noDescriptor: a directory, an error, or not used often enough to be kept open
	err      error      // what opening it ended with
	call     string     // which call that was
	links    LinkMode
	from     int
	uses     int
	count    int   // how many have it open now
	created  int64 // ms: when it was last looked at
	accessed int64
	closing  bool // no longer in the cache: the last one to let go of it closes it
	prev     *entry
	next     *entry
}

// NewCache makes a cache of at most max names, forgotten when they were not asked for during inactive ms.
func NewCache(max int, inactive int64) *Cache {
	c := &Cache{max: max, inactive: inactive, entries: map[string]*entry{}}
	c.order.prev, c.order.next = &c.order, &c.order
	return c
}

// Len is how many names are remembered.
func (c *Cache) Len() int { return len(c.entries) }

// Close forgets everything and closes what is open.
func (c *Cache) Close() {
	for _, e := range c.entries {
		e.shut()
	}
	clear(c.entries)
	c.order.prev, c.order.next = &c.order, &c.order
}

// get finds what path (which ends with a NUL) leads to; the caller lets go of it with release.
func (c *Cache) get(o *Opener, path []byte, how *How) (*entry, error) {
	c.now = how.Now
	e := c.entries[string(path[:len(path)-1])]
	if e == nil {
		d, info, err := o.open(path, how)
		if err != nil && !how.Errors {
			return nil, err
		}
		e = c.add(path)
		e.learn(d, info, err, how)
		return c.taken(o, e)
	}
	e.uses++
	switch {
	case e.d == noDescriptor && e.err == nil && !e.IsDir(): // it was not used often enough to be kept open
		d, info, err := o.open(path, how)
		if err != nil && !how.Errors {
			c.drop(e)
			return nil, err
		}
		e.learn(d, info, err, how)
	case how.Now-e.created < how.Valid && how.Links == e.links && how.From == e.from:
	default:
		var err error
		if e, err = c.retest(o, e, path, how); err != nil {
			return nil, err
		}
	}
	return c.taken(o, e)
}

// taken counts one more who has e open.
func (c *Cache) taken(o *Opener, e *entry) (*entry, error) {
	c.touch(e)
	if e.err != nil {
		return nil, o.failed(e.call, e.err)
	}
	e.count++
	return e, nil
}

// retest looks again at a name that is known already. The entry that it gives is another one if somebody still has the file open
// that the name led to.
func (c *Cache) retest(o *Opener, e *entry, path []byte, how *How) (*entry, error) {
	d, info, err := e.again(o, path, how)
	if err != nil && !how.Errors {
		c.drop(e)
		return nil, err
	}
	if e.d != noDescriptor && d != e.d {
		if e.count > 0 {
			c.drop(e)
			e = c.add(path)
		} else {
			e.d.close()
		}
	}
	e.learn(d, info, err, how)
	return e, nil
}

// again sees what has become of e's name; the descriptor is e's own if that is still the same file.
func (e *entry) again(o *Opener, path []byte, how *How) (descriptor, Info, error) {
	if e.d != noDescriptor || e.IsDir() {
		info, err := o.look(path, how)
		switch {
		case err != nil:
			return noDescriptor, Info{}, err
		case e.IsDir() && info.IsDir():
			return noDescriptor, info, nil
		case e.d != noDescriptor && info.unique == e.unique:
			return e.d, info, nil
		}
	}
	return o.open(path, how)
}

func (e *entry) learn(d descriptor, info Info, err error, how *How) {
	e.d, e.Info, e.err, e.call = d, info, err, ""
	if err != nil {
		e.call = "open"
		if how.Links > LinksFollowed {
			e.call = "openat"
		}
	}
	e.links, e.from, e.created = how.Links, how.From, how.Now
}

// release lets go of an entry from get.
func (c *Cache) release(e *entry, minUses int) {
	e.count--
	if !e.closing {
		c.touch(e)
	}
	if e.count == 0 && (e.closing || e.uses < minUses) {
		e.shut()
	}
	c.expire(2)
}

func (e *entry) shut() {
	e.d.close()
	e.d = noDescriptor
}

// add makes an entry, with room for it.
func (c *Cache) add(path []byte) *entry {
	if len(c.entries) >= c.max {
		c.drop(c.order.prev)
		c.expire(2)
	}
	e := &entry{name: string(path[:len(path)-1]), d: noDescriptor, uses: 1}
	e.prev, e.next = e, e
	c.entries[e.name] = e
	return e
}

// drop forgets an entry; its descriptor is closed by the last who has it open.
func (c *Cache) drop(e *entry) {
	e.leave()
	delete(c.entries, e.name)
	e.closing = true
	if e.count == 0 {
		e.shut()
	}
}

// expire forgets up to n entries that nobody has asked for lately.
func (c *Cache) expire(n int) {
	for ; n > 0; n-- {
		e := c.order.prev
		if e == &c.order || c.now-e.accessed <= c.inactive {
			return
		}
		c.drop(e)
	}
}

// touch makes e the one that was used last.
func (c *Cache) touch(e *entry) {
	e.accessed = c.now
	e.leave()
	e.prev, e.next = &c.order, c.order.next
	e.prev.next, e.next.prev = e, e
}

func (e *entry) leave() {
	e.prev.next, e.next.prev = e.next, e.prev
	e.prev, e.next = e, e
}
