package ssi

import (
	"strconv"
	"strings"
	"time"

	"understudy/ascii"
	"understudy/web"
)

const (
	defaultTimeFormat = "%A, %d-%b-%Y %H:%M:%S %Z"
	maxDate           = 2048 // bytes, with the zero byte that C needs
)

// appendDate is $date_local and $date_gmt, in the form that the document being answered has set; not found when that gives
// nothing, or too much.
func appendDate(x *web.Exchange, dst []byte, gmt bool) ([]byte, bool) {
	format := defaultTimeFormat
	if d, ok := documents.Have(x); ok {
		format = d.timeFormat
	}
	now := x.Loop().Now() / 1000
	if format == "%s" {
		return strconv.AppendInt(dst, now, 10), true
	}
	t := time.Unix(now, 0)
	if gmt {
		t = t.In(greenwich)
	}
	n := len(dst)
	dst = appendTime(dst, format, t)
	if size := len(dst) - n; size == 0 || size >= maxDate {
		return dst[:n], false
	}
	return dst, true
}

// greenwich is UTC by the name that C gives it.
var greenwich = time.FixedZone("GMT", 0)

// appendTime is C's strftime() in the C locale, with the flags and conversions that the GNU library adds.
func appendTime(dst []byte, format string, t time.Time) []byte {
	for {
		i := strings.IndexByte(format, '%')
		if i < 0 || i+1 == len(format) {
			return append(dst, format...)
		}
		dst = append(dst, format[:i]...)
		spec, rest := readConversion(format[i:])
		format = rest
		dst = spec.append(dst, t)
	}
}

// conversion is one %… of a format.
type conversion struct {
	text         string // as written
	pad          byte   // '_', '-', '0', '+' or 0
	upper, other bool   // ^ and #
	width        int
	colons       int // of %:z
	letter       byte
}

func readConversion(s string) (c conversion, rest string) {
	i := 1
	for ; i < len(s); i++ {
		switch s[i] {
		case '_', '-', '0', '+':
			c.pad = s[i]
			continue
		case '^':
			c.upper = true
			continue
		case '#':
			c.other = true
			continue
		}
		break
	}
	for ; i < len(s) && '0' <= s[i] && s[i] <= '9' && c.width < maxDate; i++ {
		c.width = c.width*10 + int(s[i]-'0')
	}
	if i < len(s) && (s[i] == 'E' || s[i] == 'O') {
		i++ // another form in other locales
	}
	for ; i < len(s) && s[i] == ':'; i++ {
		c.colons++
	}
	if i < len(s) {
		c.letter = s[i]
		i++
	}
	c.text = s[:i]
	return c, s[i:]
}

func (c *conversion) append(dst []byte, t time.Time) []byte {
	h12 := (t.Hour()+11)%12 + 1
	switch c.letter {
	case 'a':
		return c.word(dst, t.Weekday().String()[:3])
	case 'A':
		return c.word(dst, t.Weekday().String())
	case 'b', 'h':
		return c.word(dst, t.Month().String()[:3])
	case 'B':
		return c.word(dst, t.Month().String())
	case 'c':
		return c.composed(dst, t, "%a %b %e %H:%M:%S %Y")
	case 'C':
		return c.number(dst, t.Year()/100, 2, '0')
	case 'd':
		return c.number(dst, t.Day(), 2, '0')
	case 'D', 'x':
		return c.composed(dst, t, "%m/%d/%y")
	case 'e':
		return c.number(dst, t.Day(), 2, '_')
	case 'F':
		return c.composed(dst, t, "%Y-%m-%d")
	case 'g', 'G':
		year, _ := t.ISOWeek()
		if c.letter == 'g' {
			return c.number(dst, year%100, 2, '0')
		}
		return c.number(dst, year, 1, '0')
	case 'H':
		return c.number(dst, t.Hour(), 2, '0')
	case 'I':
		return c.number(dst, h12, 2, '0')
	case 'j':
		return c.number(dst, t.YearDay(), 3, '0')
	case 'k':
		return c.number(dst, t.Hour(), 2, '_')
	case 'l':
		return c.number(dst, h12, 2, '_')
	case 'm':
		return c.number(dst, int(t.Month()), 2, '0')
	case 'M':
		return c.number(dst, t.Minute(), 2, '0')
	case 'n':
		return append(dst, '\n')
	case 'N':
		return append(dst, c.text...)
	case 'p', 'P':
		return c.half(dst, t)
	case 'r':
		return c.composed(dst, t, "%I:%M:%S %p")
	case 'R':
		return c.composed(dst, t, "%H:%M")
	case 's':
		return c.number(dst, int(t.Unix()), 1, '0')
	case 'S':
		return c.number(dst, t.Second(), 2, '0')
	case 't':
		return append(dst, '\t')
	case 'T', 'X':
		return c.composed(dst, t, "%H:%M:%S")
	case 'u':
		return c.number(dst, (int(t.Weekday())+6)%7+1, 1, '0')
	case 'U':
		return c.number(dst, (t.YearDay()+6-int(t.Weekday()))/7, 2, '0')
	case 'V':
		_, week := t.ISOWeek()
		return c.number(dst, week, 2, '0')
	case 'w':
		return c.number(dst, int(t.Weekday()), 1, '0')
	case 'W':
		return c.number(dst, (t.YearDay()+6-(int(t.Weekday())+6)%7)/7, 2, '0')
	case 'y':
		return c.number(dst, t.Year()%100, 2, '0')
	case 'Y':
		return c.number(dst, t.Year(), 1, '0')
	case 'z':
		return c.zone(dst, t)
	case 'Z':
		name, _ := t.Zone()
		if c.other {
			return c.padded(dst, ascii.ToLower(name))
		}
		return c.word(dst, name)
	case '%':
		return append(dst, '%')
	}
	return append(dst, c.text...)
}

// half is am or pm: %p in capitals unless "#" asks for the other case.
func (c *conversion) half(dst []byte, t time.Time) []byte {
	name := "AM"
	if t.Hour() >= 12 {
		name = "PM"
	}
	if c.letter == 'P' || c.other {
		return c.padded(dst, ascii.ToLower(name))
	}
	return c.word(dst, name)
}

func (c *conversion) word(dst []byte, s string) []byte {
	if c.upper || c.other {
		s = strings.ToUpper(s)
	}
	return c.padded(dst, s)
}

func (c *conversion) composed(dst []byte, t time.Time, format string) []byte {
	return c.word(dst, string(appendTime(nil, format, t)))
}

// padded fills up to the width that was asked for, if one was.
func (c *conversion) padded(dst []byte, s string) []byte {
	fill := byte(' ')
	if c.pad == '0' || c.pad == '+' {
		fill = '0'
	}
	for n := len(s); n < c.width; n++ {
		dst = append(dst, fill)
	}
	return append(dst, s...)
}

// number writes n with at least so many digits, filled as the flag says, or else as usual for the conversion.
func (c *conversion) number(dst []byte, n, digits int, usual byte) []byte {
	if c.pad != 0 {
		usual = c.pad
	}
	fill := byte('0')
	switch usual {
	case '-':
		return strconv.AppendInt(dst, int64(n), 10)
	case '_':
		fill = ' '
	}
	s := strconv.Itoa(n)
	for m := len(s); m < max(digits, c.width); m++ {
		dst = append(dst, fill)
	}
	return append(dst, s...)
}

// zone is +hhmm, or with colons +hh:mm and +hh:mm:ss.
func (c *conversion) zone(dst []byte, t time.Time) []byte {
	_, off := t.Zone()
	sign := byte('+')
	if off < 0 {
		sign, off = '-', -off
	}
	two := func(dst []byte, n int) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }
	dst = two(append(dst, sign), off/3600)
	if c.colons > 0 {
		dst = append(dst, ':')
	}
	dst = two(dst, off/60%60)
	if c.colons > 1 {
		dst = two(append(dst, ':'), off%60)
	}
	return dst
}
