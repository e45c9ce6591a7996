// Numbers, sizes and times as nginx spells them (ngx_parse.c, ngx_atoi), overflow included.

package config

import (
	"math"
	"time"
)

// ParseNumber reads decimal digits alone; at most the largest int64.
func ParseNumber(s string) (int64, bool) {
	if s == "" {
		return 0, false
	}
	var n int64
	for i := 0; i < len(s); i++ {
		d := int64(s[i]) - '0'
		if d < 0 || d > 9 || n > (math.MaxInt64-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, true
}

// ParseSize reads a size in bytes with an optional k or m.
func ParseSize(s string) (int64, bool) { return parseScaled(s, false) }

// ParseOffset reads a size in bytes with an optional k, m or g.
func ParseOffset(s string) (int64, bool) { return parseScaled(s, true) }

func parseScaled(s string, giga bool) (int64, bool) {
	if s == "" {
		return 0, false
	}
	scale := int64(1)
	switch s[len(s)-1] | 0x20 {
	case 'k':
		scale = 1 << 10
	case 'm':
		scale = 1 << 20
	case 'g':
		if giga {
			scale = 1 << 30
		}
	}
	if scale > 1 {
		s = s[:len(s)-1]
	}
	n, ok := ParseNumber(s)
	if !ok || n > math.MaxInt64/scale {
		return 0, false
	}
	return n * scale, true
}

// Units of a time must come in this order.
const (
	unitNone = iota
	unitYear
	unitMonth
	unitWeek
	unitDay
	unitHour
	unitMinute
	unitSecond
	unitMilli
	unitPlain // a bare number followed by a space: seconds
)

// ParseSeconds reads a time in seconds: `1h 30m`, `30`, `1y`.
func ParseSeconds(s string) (int64, bool) { return parseTime(s, false) }

// ParseMillis reads a time in milliseconds: `1h 30m`, `30` (seconds), `500ms`.
func ParseMillis(s string) (int64, bool) { return parseTime(s, true) }

// ParseTime reads a time, with a resolution of seconds (`y` and `M` are units, `ms` is not) or milliseconds (the reverse).
// What a Duration cannot hold becomes the longest one.
func ParseTime(s string, seconds bool) (time.Duration, bool) {
	n, ok := parseTime(s, !seconds)
	if seconds {
		return duration(n, time.Second), ok
	}
	return duration(n, time.Millisecond), ok
}

func duration(n int64, unit time.Duration) time.Duration {
	if n > math.MaxInt64/int64(unit) {
		return math.MaxInt64
	}
	return time.Duration(n) * unit
}

// parseTime reads units largest first; what follows the last one is in seconds.
func parseTime(s string, milli bool) (int64, bool) {
	var value, total int64
	valid := false
	step := unitNone
	if milli {
		step = unitMonth
	}
	for i := 0; i < len(s); {
		ch := s[i]
		i++
		if ch >= '0' && ch <= '9' {
			d := int64(ch - '0')
			if value > (math.MaxInt64-d)/10 {
				return 0, false
			}
			value = value*10 + d
			valid = true
			continue
		}
		var unit int
		var scale int64
		switch ch {
		case 'y':
			unit, scale = unitYear, 365*24*3600
		case 'M':
			unit, scale = unitMonth, 30*24*3600
		case 'w':
			unit, scale = unitWeek, 7*24*3600
		case 'd':
			unit, scale = unitDay, 24*3600
		case 'h':
			unit, scale = unitHour, 3600
		case 'm':
			unit, scale = unitMinute, 60
			if i < len(s) && s[i] == 's' {
				if !milli {
					return 0, false
				}
				i++
				unit, scale = unitMilli, 1
			}
		case 's':
			unit, scale = unitSecond, 1
		case ' ':
			unit, scale = unitSecond, 1
		default:
			return 0, false
		}
		if step >= unit {
			return 0, false
		}
		step = unit
		if ch == ' ' {
			step = unitPlain
		}
		limit := math.MaxInt64 / scale
		if milli && unit != unitMilli {
			scale *= 1000
			limit /= 1000
		}
		if value > limit {
			return 0, false
		}
		value *= scale
		if total > math.MaxInt64-value {
			return 0, false
		}
		total += value
		value = 0
		for i < len(s) && s[i] == ' ' {
			i++
		}
	}
	if !valid {
		return 0, false
	}
	if milli {
		if value > math.MaxInt64/1000 {
			return 0, false
		}
		value *= 1000
	}
	if total > math.MaxInt64-value {
		return 0, false
	}
	return total + value, true
}
