package http1

import "time"

const (
	weekdays = "SunMonTueWedThuFriSat"
	months   = "JanFebMarAprMayJunJulAugSepOctNovDec"
)

// AppendDate appends an HTTP date (RFC 9110, section 5.6.7) for Unix seconds: "Sun, 06 Nov 1994 08:49:37 GMT". As in nginx,
// times before 1970 are 1970 and times behind the year 9999 are its last second.
func AppendDate(dst []byte, unix int64) []byte {
	const last = 253402300799
	unix = min(max(unix, 0), last)
	t := time.Unix(unix, 0).UTC()
	year, month, day := t.Date()
	hour, minute, sec := t.Clock()
	w, m := int(t.Weekday())*3, (int(month)-1)*3
	dst = append(dst, weekdays[w:w+3]...)
	dst = append(dst, ',', ' ')
	dst = append2(dst, day)
	dst = append(dst, ' ')
	dst = append(dst, months[m:m+3]...)
	dst = append(dst, ' ')
	dst = append2(dst, year/100)
	dst = append2(dst, year%100)
	dst = append(dst, ' ')
	dst = append2(dst, hour)
	dst = append(dst, ':')
	dst = append2(dst, minute)
	dst = append(dst, ':')
	dst = append2(dst, sec)
	return append(dst, " GMT"...)
}

func append2(dst []byte, n int) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }

// ParseDate reads the three forms of an HTTP date as leniently as nginx: weekday and zone are not looked at. It gives
// Unix seconds, which are negative before 1970.
func ParseDate(b []byte) (int64, bool) {
	d := dateReader{b: b}
	asctime := false
	for d.i < len(b) && b[d.i] != ',' {
		if b[d.i] == ' ' {
			asctime = true
			break
		}
		d.i++
	}
	for d.i++; d.i < len(b) && b[d.i] == ' '; d.i++ {
	}
	if len(b)-d.i < 18 {
		return 0, false
	}
	var day, month, year int
	if asctime { // Nov  6 08:49:37 1994
		month = d.month()
		d.expect(' ')
		if d.peek() == ' ' {
			d.i++
		}
		day = d.number(1)
		if d.peek() != ' ' {
			day = day*10 + d.number(1)
		}
		if len(b)-d.i < 14 {
			return 0, false
		}
	} else {
		day = d.number(2)
		sep := d.peek()
		d.i++
		switch sep {
		case ' ': // 06 Nov 1994 08:49:37
			if len(b)-d.i < 17 {
				return 0, false
			}
			month = d.month()
			d.expect(sep)
			year = d.number(4)
		case '-': // 06-Nov-94 08:49:37
			month = d.month()
			d.expect(sep)
			if year = d.number(2); year < 70 {
				year += 100
			}
			year += 1900
		default:
			return 0, false
		}
	}
	d.expect(' ')
	hour := d.number(2)
	d.expect(':')
	minute := d.number(2)
	d.expect(':')
	sec := d.number(2)
	if asctime {
		d.expect(' ')
		year = d.number(4)
	}
	if d.bad || hour > 23 || minute > 59 || sec > 59 {
		return 0, false
	}
	leap := year%4 == 0 && (year%100 != 0 || year%400 == 0)
	if day == 29 && month == 2 {
		if !leap {
			return 0, false
		}
	} else if day > int(daysIn[month-1]) {
		return 0, false
	}
	return time.Date(year, time.Month(month), day, hour, minute, sec, 0, time.UTC).Unix(), true
}

var daysIn = [12]uint8{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// dateReader reads from b; bad is set by the first thing that does not fit, and by its end.
type dateReader struct {
	b   []byte
	i   int
	bad bool
}

func (d *dateReader) peek() byte {
	if d.i < len(d.b) {
		return d.b[d.i]
	}
	d.bad = true
	return 0
}

func (d *dateReader) expect(c byte) {
	if d.peek() != c {
		d.bad = true
	}
	d.i++
}

func (d *dateReader) number(digits int) int {
	n := 0
	for range digits {
		c := d.peek()
		if !isDigit(c) {
			d.bad = true
		}
		n = n*10 + int(c&15)
		d.i++
	}
	return n
}

// month goes by the letters that tell months apart and does not look at the others, as nginx.
func (d *dateReader) month() int {
	a := d.peek()
	d.i += 2
	d.peek()
	d.i++
	if d.bad {
		return 1
	}
	second, third := d.b[d.i-2], d.b[d.i-1]
	switch a {
	case 'J':
		if second == 'a' {
			return 1
		}
		if third == 'n' {
			return 6
		}
		return 7
	case 'F':
		return 2
	case 'M':
		if third == 'r' {
			return 3
		}
		return 5
	case 'A':
		if second == 'p' {
			return 4
		}
		return 8
	case 'S':
		return 9
	case 'O':
		return 10
	case 'N':
		return 11
	case 'D':
		return 12
	}
	d.bad = true
	return 1
}
