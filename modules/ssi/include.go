package ssi

import (
	"bytes"

	"understudy/ascii"
	"understudy/errlog"
	"understudy/web"
)

// include is a subrequest to make.
type include struct {
	uri, args []byte
	stub      []byte // what is put out if the answer is an error, or empty
	hasStub   bool
}

// include puts out the answer of another location: `include virtual="" | file="" [wait=""] [set=""] [stub=""]`.
func (d *document) include(a *arguments) error {
	virtual, file, wait, set, stub := a.value(0), a.value(1), a.value(2), a.value(3), a.value(4)
	x := d.x
	fail := func(format string, args ...any) error {
		x.Errorf(errlog.Error, format, args...)
		return errCommand
	}
	switch {
	case virtual != nil && file != nil:
		return fail("inclusion may be either virtual=\"%s\" or file=\"%s\"", virtual, file)
	case virtual == nil && file == nil:
		return fail("no parameter in \"include\" SSI command")
	case set != nil && stub != nil:
		return fail("\"set\" and \"stub\" cannot be used together in \"include\" SSI command")
	}
	waits := file != nil
	if wait != nil {
		switch {
		case virtual == nil:
			return fail("\"wait\" cannot be used with file=\"%s\"", file)
		case ascii.EqualFold(wait, "yes"):
			waits = true
		case !ascii.EqualFold(wait, "no"):
			return fail("invalid value \"%s\" in the \"wait\" parameter", wait)
		}
	}
	if virtual == nil {
		virtual = file
	}
	uri, err := d.evaluate(virtual, true)
	if err != nil {
		return err
	}
	in := &include{}
	var ok bool
	if in.uri, in.args, ok = x.SplitUnsafe(uri); !ok {
		return errCommand
	}
	if stub != nil {
		if in.stub, ok = d.page.blockNamed(string(stub)); !ok {
			return fail("\"stub\"=\"%s\" for \"include\" not found", stub)
		}
		in.hasStub = true
	}
	if set != nil {
		if err := d.drain(); err != nil {
			return err
		}
		return d.makeVariable(in, ascii.ToLower(string(set)))
	}
	d.queue = append(d.queue, item{include: in})
	if waits {
		return d.drain()
	}
	return nil
}

// blockNamed gives the text of the first block of that name.
func (p *page) blockNamed(name string) ([]byte, bool) {
	for i := range p.blocks {
		if p.blocks[i].name == name {
			return p.blocks[i].text, true
		}
	}
	return nil, false
}

// make makes the subrequest of an include; its answer becomes part of the document's.
func (d *document) make(in *include) error {
	o := web.SubOptions{}
	if in.hasStub {
		o.Finish = func(sub *web.Exchange, res web.Result) web.Result { return putStub(sub, res, in.stub) }
	}
	sub := d.x.Subrequest(in.uri, in.args, o)
	if sub == nil {
		if d.s.SilentErrors.On() {
			return nil
		}
		d.out.Add(d.message)
		return nil
	}
	sub.Release()
	if d.x.Broken() {
		return web.ErrBroken
	}
	return nil
}

// putStub answers in place of a subrequest that came to nothing. The block goes through the filters of the subrequest's
// location, so that commands in it are carried out if that has SSI on.
func putStub(sub *web.Exchange, res web.Result, stub []byte) web.Result {
	if res == web.Aborted || sub.HasOutput() || sub.Broken() {
		return res
	}
	if !sub.HeadSent() {
		sub.Out.ContentType = sub.Parent().Out.ContentType
		if sub.SendHead() != nil {
			return web.Aborted
		}
	}
	if sub.Write(stub) != nil || sub.End() != nil {
		return web.Aborted
	}
	return web.Done
}

// makeVariable makes the subrequest of an include whose answer becomes a variable; an error leaves that as it is, or empty.
func (d *document) makeVariable(in *include, name string) error {
	if _, ok := d.page.own(name); !ok {
		d.page.assign(name, []byte{})
	}
	sub := d.x.Subrequest(in.uri, in.args, web.SubOptions{InMemory: true})
	if sub == nil {
		return errCommand
	}
	if sub.Out.Status < 300 && len(sub.Answer()) > 0 {
		d.page.assign(name, bytes.Clone(sub.Answer()))
	}
	sub.Release()
	if d.x.Broken() {
		return web.ErrBroken
	}
	return nil
}
