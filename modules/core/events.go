// The events context.

package core

import (
	"runtime"

	"understudy/config"
)

// EventSettings of the events context.
type EventSettings struct {
	// Connections is the number of connections that one event loop may hold, those to upstreams included.
	Connections Connections `nginx:"worker_connections" in:"events" args:"1" default:"512"`
	// MultiAccept: accept all waiting connections at once.
	MultiAccept config.Flag `nginx:"multi_accept" in:"events" default:"off" reason:"a loop takes the connections that wait, a bounded number in one turn"`

	Use              use            `nginx:"use" in:"events" args:"1" reason:"the event loop uses what the system has: epoll on Linux"`
	AcceptMutex      config.Flag    `nginx:"accept_mutex" in:"events" default:"off" reason:"the kernel wakes one loop for each connection"`
	AcceptMutexDelay config.Time    `nginx:"accept_mutex_delay" in:"events" default:"500ms" reason:"the kernel wakes one loop for each connection"`
	AIORequests      config.Ignored `nginx:"worker_aio_requests" in:"events" args:"1" check:"number" reason:"files are read without Linux AIO"`
	EpollEvents      config.Ignored `nginx:"epoll_events" in:"events" args:"1" check:"number" reason:"the loop chooses its batch"`
}

// Events is the slot of the events context's settings.
var Events = config.Declare[EventSettings]("ngx_event_core_module")

// EventsOf gives the settings of the events block of a loaded configuration.
func EventsOf(c *config.Config) *EventSettings {
	for _, b := range c.Main.Children {
		if b.Kind == config.Events {
			return Events.Of(b)
		}
	}
	return nil
}

// eventsOption is the `events` block.
type eventsOption struct{ seen bool }

func (o *eventsOption) Parse(c *config.Call) error {
	if o.seen {
		return c.Duplicate()
	}
	o.seen = true
	_, err := c.Enter(config.Events, nil)
	return err
}

// Connections is worker_connections.
type Connections struct{ config.Int }

// Parse implements config.Option.
func (o *Connections) Parse(c *config.Call) error {
	if o.IsSet() {
		return c.Duplicate()
	}
	n, ok := config.ParseNumber(c.Args[0])
	if !ok {
		return c.Errorf(`invalid number "%s"`, c.Args[0])
	}
	o.Set(int(n))
	return nil
}

// use is checked against the methods of this system in an ordinary build of nginx.
type use struct{ seen bool }

var eventMethods = map[string][]string{
	"linux":   {"epoll"},
	"darwin":  {"kqueue"},
	"freebsd": {"kqueue"},
	"netbsd":  {"kqueue"},
	"openbsd": {"kqueue"},
	"solaris": {"eventport", "/dev/poll"},
}

func (o *use) Parse(c *config.Call) error {
	if o.seen {
		return c.Duplicate()
	}
	methods := eventMethods[runtime.GOOS]
	for _, m := range methods {
		if c.Args[0] == m {
			o.seen = true
			return nil
		}
	}
	hint := "leave `use` out: the best method is chosen without it"
	return c.Errore(hint, `invalid event type "%s"`, c.Args[0])
}
