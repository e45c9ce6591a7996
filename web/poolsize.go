package web

import "understudy/config"

// PoolSize is the size of a memory pool of nginx's; there are no pools here.
type PoolSize struct{ config.Size }

// Parse implements config.Option.
func (o *PoolSize) Parse(c *config.Call) error {
	const least, alignment = 112, 16 // NGX_MIN_POOL_SIZE, NGX_POOL_ALIGNMENT
	switch err := o.Size.Parse(c); {
	case err != nil:
		return err
	case o.Bytes() < least:
		return c.Errorf("the pool size must be no less than %d", least)
	case o.Bytes()%alignment != 0:
		return c.Errorf("the pool size must be a multiple of %d", alignment)
	}
	return nil
}
