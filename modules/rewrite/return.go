package rewrite

import (
	"strconv"
	"strings"

	"understudy/config"
	"understudy/vars"
	"understudy/web"
)

// returnOption is `return CODE [TEXT|URL]` or `return URL`.
type returnOption struct{}

func (returnOption) Parse(c *config.Call) error {
	a := &answer{status: 302}
	text := c.Args[0]
	status, ok := number(text)
	switch {
	case ok && status > 999, !ok && (len(c.Args) > 1 || !isURL(text)):
		return c.Errorf(`invalid return code "%s"`, text)
	case ok:
		a.status, text = status, ""
		if len(c.Args) > 1 {
			text = c.Args[1]
		}
	}
	value, err := vars.Compile(c, text)
	if err != nil {
		return err
	}
	a.text = value
	if fixed, static := value.Static(); static {
		a.fixed = []byte(fixed)
	}
	programOf(c.Block).add(a)
	return nil
}

// isURL tells what rewrite and return take for a URL to redirect to.
func isURL(s string) bool {
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "$scheme")
}

// number reads digits only, as ngx_atoi does.
func number(s string) (int, bool) {
	if s == "" {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// answer ends the exchange with a status and, for some statuses, a text or a Location.
type answer struct {
	status int
	text   *vars.Value
	fixed  []byte // text without variables; not nil then
}

func (a *answer) run(e *engine, x *web.Exchange, _ int) int {
	e.changed = false
	e.status = a.reply(x)
	return end
}

func (a *answer) reply(x *web.Exchange) web.Result {
	if a.status >= 400 && a.fixed != nil && len(a.fixed) == 0 {
		return web.Result(a.status)
	}
	if res := x.Discard(); res != web.Declined {
		return res
	}
	x.Out.Status = a.status // for $status in the text
	text := a.fixed
	if text == nil {
		if text = a.text.Bytes(x); text == nil {
			text = []byte{}
		}
	}
	switch a.status {
	case 301, 302, 303, 307, 308:
		x.Out.Location = text
		return web.Result(a.status)
	}
	return x.Reply(a.status, x.ContentType(), text)
}
