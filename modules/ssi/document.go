package ssi

import (
	"bytes"
	"errors"

	"understudy/errlog"
	"understudy/web"
)

// document is the filter's part in one answer; it stays with the pooled exchange.
type document struct {
	scanner
	*filter
	page *page

	x    *web.Exchange // these two while a piece is being worked on
	next web.Sink

	conditional condition
	output      bool // what comes is put out: not within a block, nor in a branch that was not taken
	chosen      bool // a branch of this if was taken
	block       bool // what comes belongs to the last block of the page
	encoding    encoding
	timeFormat  string
	message     []byte // stands for commands that failed

	out   web.Gather
	queue []item // what has to wait until includes before it have been answered
}

// page is what all documents of one answer to a client share.
type page struct {
	variables []variable
	blocks    []block
	captured  []byte  // the text that the last regular expression matched
	captures  []int32 // its groups: start and end in captured
}

type variable struct {
	name  string // lower case
	value []byte
}

type block struct {
	name string
	text []byte
}

// item is text, or an include that has been met and not been made.
type item struct {
	text    []byte
	include *include
}

// condition says where in an if the document is.
type condition uint8

const (
	outsideIf condition = iota
	behindIf            // also behind elif
	behindElse
)

var (
	defaultMessage = []byte("[an error occurred while processing the directive]")
	// errCommand: the command failed, which has been logged; the message goes in its place.
	errCommand = errors.New("SSI command failed")
)

func (d *document) begin(f *filter, p *page) {
	params, command, queue, out := d.params[:0], d.command[:0], d.queue[:0], d.out
	out.Reset()
	*d = document{
		scanner: scanner{limit: int(f.s.ValueLength.Bytes()), params: params, command: command},
		filter:  f, page: p, output: true, encoding: asEntity, timeFormat: defaultTimeFormat, message: defaultMessage, out: out, queue: queue,
	}
}

// Write implements web.Body.
func (d *document) Write(x *web.Exchange, next web.Sink, p []byte) error {
	if x.HeaderOnly() {
		return nil
	}
	d.x, d.next = x, next
	if err := d.out.Next(next, len(p)); err != nil {
		return err
	}
	for len(p) > 0 {
		prefix, text, n, ev := d.scan(p)
		p = p[n:]
		if err := d.text(opening[:prefix], text); err != nil {
			return err
		}
		if d.problem != "" {
			x.Errorf(errlog.Error, "%s", d.problem)
			d.problem = ""
		}
		err := error(nil)
		switch ev {
		case found:
			err = d.run()
		case broken:
			err = errCommand
		}
		if err == errCommand && !d.s.SilentErrors.On() {
			err = d.put(d.message)
		}
		if err != nil && err != errCommand {
			return err
		}
	}
	return d.drain()
}

// Flush implements web.Body. As with nginx an unfinished command, or the beginning of one, at the end of the document is lost.
func (d *document) Flush(x *web.Exchange, next web.Sink, last bool) error {
	if err := d.out.Pass(next); err != nil {
		return err
	}
	return next.Flush(last)
}

// text takes what stands between commands.
func (d *document) text(prefix, text []byte) error {
	switch {
	case d.output:
		if err := d.put(prefix); err != nil {
			return err
		}
		return d.put(text)
	case d.block:
		d.collect(prefix)
		d.collect(text)
	}
	return nil
}

// collect adds to the last block.
func (d *document) collect(p []byte) {
	if len(p) > 0 {
		b := &d.page.blocks[len(d.page.blocks)-1]
		b.text = append(b.text, p...)
	}
}

// put sends p, behind the includes that wait.
func (d *document) put(p []byte) error {
	n := len(d.queue)
	switch {
	case len(p) == 0:
		return nil
	case n == 0:
		d.out.Add(p)
	case d.queue[n-1].include == nil:
		d.queue[n-1].text = append(d.queue[n-1].text, p...)
	default:
		d.queue = append(d.queue, item{text: bytes.Clone(p)})
	}
	return nil
}

// drain makes the includes that wait, in order. As in nginx what stands behind an include in the same piece of the document
// (a "set", say) has been worked on by then.
func (d *document) drain() error {
	if len(d.queue) == 0 {
		return nil
	}
	// the sink and the exchange stay: includes of included documents have a document of their own
	for i := range d.queue {
		it := d.queue[i]
		d.queue[i] = item{}
		if it.include == nil {
			d.out.Add(it.text)
			continue
		}
		if err := d.out.Pass(d.next); err != nil {
			return err
		}
		if err := d.make(it.include); err != nil {
			return err
		}
	}
	d.queue = d.queue[:0]
	return nil
}

// run carries out the command that was found.
func (d *document) run() error {
	c := commandNamed(d.command)
	if c == nil {
		if !d.output {
			return nil
		}
		d.x.Errorf(errlog.Error, "invalid SSI command: \"%s\"", d.command)
		return errCommand
	}
	if !d.output && !c.always {
		if d.block {
			d.collectCommand()
			return nil
		}
		if c.within == outsideIf {
			return nil
		}
	}
	if c.within != outsideIf && (d.conditional == outsideIf || d.conditional > c.within) {
		d.x.Errorf(errlog.Error, "invalid context of SSI command: \"%s\"", d.command)
		return errCommand
	}
	if len(d.params) > maxParams {
		d.x.Errorf(errlog.Error, "too many SSI command parameters: \"%s\"", d.command)
		return errCommand
	}
	var values arguments
	for i := range d.params {
		p := &d.params[i]
		at := c.param(p.name)
		if at < 0 {
			d.x.Errorf(errlog.Error, "invalid parameter name: \"%s\" in \"%s\" SSI command", p.name, d.command)
			return errCommand
		}
		if values[at] != nil {
			d.x.Errorf(errlog.Error, "duplicate \"%s\" parameter in \"%s\" SSI command", p.name, d.command)
			return errCommand
		}
		values[at] = p
	}
	for at := range c.mandatory {
		if values[at] == nil {
			d.x.Errorf(errlog.Error, "mandatory \"%s\" parameter is absent in \"%s\" SSI command", c.params[at], d.command)
			return errCommand
		}
	}
	return c.run(d, &values)
}

// collectCommand adds the command itself to a block; it is carried out where the block is put out.
func (d *document) collectCommand() {
	d.collect([]byte("<!--#"))
	d.collect(d.command)
	for i := range d.params {
		d.collect([]byte{' '})
		d.collect(d.params[i].name)
		d.collect([]byte(`="`))
		d.collect(d.params[i].value)
		d.collect([]byte{'"'})
	}
	d.collect([]byte(" -->"))
}
