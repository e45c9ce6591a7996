// Options that hold numbers: plain, sizes, times.

package config

import (
	"math"
	"time"
)

// number holds a value that is never negative; it is kept inverted, so that the zero value means unset.
type number struct{ v int64 }

// IsSet tells whether the option has a value.
func (o *number) IsSet() bool { return o.v != 0 }

// Arguments is the number of arguments taken.
func (o *number) Arguments() string { return "1" }

// Inherit implements Inheriting.
func (o *number) Inherit(parent Option) {
	if o.v == 0 {
		*o = *parent.(interface{ num() *number }).num()
	}
}

func (o *number) num() *number { return o }

func (o *number) get() int64 {
	if o.v == 0 {
		return 0
	}
	return ^o.v
}

func (o *number) set(n int64) { o.v = ^max(n, 0) }

// parse reads text with f, then checks the bounds of the tag.
func (o *number) parse(c *Call, text, failure string, f func(string) (int64, bool)) error {
	n, ok := f(text)
	if !ok {
		return c.Errorf(`"%s" directive %s`, c.Name, failure)
	}
	o.set(n)
	return c.checkBounds(n)
}

// Int is a decimal number; the tags min and max bound it.
type Int struct{ number }

// N gives the number, 0 when nothing is set.
func (o *Int) N() int { return int(o.get()) }

// Set gives the option a value; negative ones count as 0.
func (o *Int) Set(n int) { o.set(int64(n)) }

// Parse implements Option.
func (o *Int) Parse(c *Call) error {
	if o.v != 0 {
		return c.Duplicate()
	}
	return o.ParseText(c, c.Args[0])
}

// ParseText sets the number from one argument.
func (o *Int) ParseText(c *Call, text string) error {
	return o.parse(c, text, "invalid number", ParseNumber)
}

// Size is a size of memory in bytes: `512`, `8k`, `1m`.
type Size struct{ number }

// Bytes gives the size, 0 when nothing is set.
func (o *Size) Bytes() int64 { return o.get() }

// Set gives the option a value; negative ones count as 0.
func (o *Size) Set(n int64) { o.set(n) }

// Parse implements Option.
func (o *Size) Parse(c *Call) error {
	if o.v != 0 {
		return c.Duplicate()
	}
	return o.ParseText(c, c.Args[0])
}

// ParseText sets the size from one argument.
func (o *Size) ParseText(c *Call, text string) error {
	return o.parse(c, text, "invalid value", ParseSize)
}

// Offset is a size of files and bodies in bytes: as Size, and `1g`.
type Offset struct{ number }

// Bytes gives the size, 0 when nothing is set.
func (o *Offset) Bytes() int64 { return o.get() }

// Set gives the option a value; negative ones count as 0.
func (o *Offset) Set(n int64) { o.set(n) }

// Parse implements Option.
func (o *Offset) Parse(c *Call) error {
	if o.v != 0 {
		return c.Duplicate()
	}
	return o.ParseText(c, c.Args[0])
}

// ParseText sets the size from one argument.
func (o *Offset) ParseText(c *Call, text string) error {
	return o.parse(c, text, "invalid value", ParseOffset)
}

// Time is a time in milliseconds: `500ms`, `1h30m`, `60`.
type Time struct{ number }

// D gives the time, 0 when nothing is set.
func (o *Time) D() time.Duration { return duration(o.get(), time.Millisecond) }

// Millis gives the time in milliseconds.
func (o *Time) Millis() int64 { return o.get() }

// Set gives the option a value; negative ones count as 0.
func (o *Time) Set(d time.Duration) { o.set(d.Milliseconds()) }

// Parse implements Option.
func (o *Time) Parse(c *Call) error {
	if o.v != 0 {
		return c.Duplicate()
	}
	return o.ParseText(c, c.Args[0])
}

// ParseText sets the time from one argument.
func (o *Time) ParseText(c *Call, text string) error {
	return o.parse(c, text, "invalid value", ParseMillis)
}

// Sec is a time in whole seconds: `60`, `1d`, `1y`.
type Sec struct{ number }

// D gives the time, 0 when nothing is set.
func (o *Sec) D() time.Duration { return duration(o.get(), time.Second) }

// Seconds gives the time in seconds.
func (o *Sec) Seconds() int64 { return o.get() }

// Set gives the option a value; negative ones count as 0.
func (o *Sec) Set(d time.Duration) { o.set(int64(d / time.Second)) }

// Parse implements Option.
func (o *Sec) Parse(c *Call) error {
	if o.v != 0 {
		return c.Duplicate()
	}
	return o.ParseText(c, c.Args[0])
}

// ParseText sets the time from one argument.
func (o *Sec) ParseText(c *Call, text string) error {
	return o.parse(c, text, "invalid value", ParseSeconds)
}

// Buffers are a number of buffers and the size of each: `4 8k`.
type Buffers struct {
	N    int
	Size int64 // bytes
}

// IsSet tells whether the option has a value.
func (o *Buffers) IsSet() bool { return o.N != 0 }

// Arguments is the number of arguments taken.
func (o *Buffers) Arguments() string { return "2" }

// Parse implements Option.
func (o *Buffers) Parse(c *Call) error {
	if o.N != 0 {
		return c.Duplicate()
	}
	if len(c.Args) < 2 {
		return c.Arguments()
	}
	n, ok1 := ParseNumber(c.Args[0])
	size, ok2 := ParseSize(c.Args[1])
	if !ok1 || !ok2 || n == 0 || size == 0 || n > math.MaxInt32 {
		return c.Invalid()
	}
	o.N, o.Size = int(n), size
	return nil
}

// Inherit implements Inheriting.
func (o *Buffers) Inherit(parent Option) {
	if o.N == 0 {
		*o = *parent.(interface{ buffers() *Buffers }).buffers()
	}
}

func (o *Buffers) buffers() *Buffers { return o }
