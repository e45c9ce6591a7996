package rewrite

import (
	"bytes"
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"understudy/config"
	"understudy/errlog"
	"understudy/vars"
	"understudy/web"
)

// ifOption is `if (CONDITION) { … }`.
type ifOption struct{}

func (ifOption) Parse(c *config.Call) error {
	cond := &condition{}
	if err := cond.parse(c); err != nil {
		return err
	}
	p := programOf(c.Block)
	p.add(cond)
	kind := config.If
	if c.Block.Kind == config.Server {
		kind = config.ServerIf
	}
	var err error
	cond.block, err = c.Enter(kind, nil)
	cond.behind = len(p.steps)
	return err
}

// condition begins an if block: when it is false the program goes on behind the block.
type condition struct {
	variable *vars.Variable // compared; nil for file tests
	compare  compare
	negative bool
	value    *script // to compare with, or the file's name
	regex    *vars.Regex

	block    *config.Block
	location *web.Location // what is in force inside; nil in a server
	behind   int
}

type compare uint8

const (
	isTrue compare = iota
	isEqual
	isMatch
	isFile
	isDir
	isThere
	isExecutable
)

// parse reads the condition between the parentheses, which may or may not stand apart from it.
func (t *condition) parse(c *config.Call) error {
	invalid := func(s string) error { return c.Errorf(`invalid condition "%s"`, s) }
	words := append([]string(nil), c.Args...)
	if !strings.HasPrefix(words[0], "(") {
		return invalid(words[0])
	}
	if words[0] = words[0][1:]; words[0] == "" {
		words = words[1:]
	}
	if len(words) == 0 {
		return invalid(c.Args[0])
	}
	last := len(words) - 1
	if !strings.HasSuffix(words[last], ")") {
		// the last word as written, even if it is the first
		return invalid(c.Args[len(c.Args)-1][len(c.Args[len(c.Args)-1])-len(words[last]):])
	}
	switch {
	case words[last] != ")":
		words[last] = strings.TrimSuffix(words[last], ")")
	case last > 0:
		words = words[:last]
	}
	first := words[0]
	switch {
	case len(first) > 1 && first[0] == '$':
		if len(words) != 1 && len(words) != 3 {
			return invalid(first)
		}
		t.variable = table(c).Ref(first[1:])
		if len(words) == 1 {
			return nil
		}
		return t.comparison(c, words[1], words[2])
	case len(first) == 2 && first[0] == '-', len(first) == 3 && first[:2] == "!-":
		if len(words) != 2 {
			return invalid(first)
		}
		var err error
		if t.value, err = newScript(c, words[1], false); err != nil {
			return err
		}
		t.negative = first[0] == '!'
		switch first[len(first)-1] {
		case 'f':
			t.compare = isFile
		case 'd':
			t.compare = isDir
		case 'e':
			t.compare = isThere
		case 'x':
			t.compare = isExecutable
		default:
			return invalid(first)
		}
		return nil
	}
	return invalid(first)
}

func (t *condition) comparison(c *config.Call, operator, with string) (err error) {
	switch operator {
	case "=", "!=":
		t.compare = isEqual
		t.value, err = newScript(c, with, false)
	case "~", "~*", "!~", "!~*":
		t.compare = isMatch
		if t.regex, err = table(c).Regex(with, strings.HasSuffix(operator, "*")); err != nil {
			return c.Errorf("%s", err)
		}
	default:
		return c.Errorf(`unexpected "%s" in condition`, operator)
	}
	t.negative = operator[0] == '!'
	return err
}

func (t *condition) run(e *engine, x *web.Exchange, at int) int {
	holds := t.holds(e, x)
	if e.status == 500 {
		return end
	}
	if holds == t.negative {
		return t.behind
	}
	if t.location != nil {
		x.Use(t.location)
	}
	return at + 1
}

func (t *condition) holds(e *engine, x *web.Exchange) bool {
	if t.variable == nil {
		e.buf, _ = t.value.append(e, x, e.buf[:0])
		return t.file(x, e.buf)
	}
	e.buf, _ = t.variable.Append(x, e.buf[:0])
	switch n := len(e.buf); t.compare {
	case isEqual:
		e.buf, _ = t.value.append(e, x, e.buf)
		return bytes.Equal(e.buf[:n], e.buf[n:])
	case isMatch:
		return match(e, x, t.regex, e.buf)
	default:
		return n > 1 || n == 1 && e.buf[0] != '0'
	}
}

// file tests what the file system has under a name.
func (t *condition) file(x *web.Exchange, name []byte) bool {
	info, err := x.Stat(name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) && !errors.Is(err, syscall.ENAMETOOLONG) {
			x.Errorf(errlog.Crit, "%s() \"%s\" failed (%s)", x.FailedCall(), name, web.ErrnoText(err))
		}
		return false
	}
	switch t.compare {
	case isFile:
		return info.IsRegular()
	case isDir:
		return info.IsDir()
	case isExecutable:
		return info.Executable
	}
	return info.IsRegular() || info.IsDir()
}
