package http1

// Escape says what a text is escaped for; the sets are nginx's (ngx_escape_uri).
type Escape uint8

// What EscapeURI escapes for.
const (
	EscapeURIPath   Escape = iota // a path: all but unreserved and reserved characters, and '?', '#', '%'
	EscapeArgs                    // the same and '&', '+', ';'
	EscapeComponent               // all but unreserved characters
	EscapeHTML                    // for use inside an HTML attribute
	EscapeRefresh                 // for the Refresh header
	EscapeMemcached               // control characters, space and '%'
	numEscapes
)

var escapeSets = func() (t [numEscapes][256]bool) {
	set := func(e Escape, chars string) {
		for _, c := range []byte(chars) {
			t[e][c] = true
		}
	}
	for c := range 256 {
		control := c < 0x20
		high := c >= 0x7f
		for e := EscapeURIPath; e < EscapeMemcached; e++ {
			t[e][c] = control || high
		}
		t[EscapeMemcached][c] = control
	}
	const never = " \"<>\\^`{|}"
	set(EscapeURIPath, never+"#%?")
	set(EscapeArgs, never+"#%?&+;")
	set(EscapeComponent, never+"#%?&+;!$'()*,/:=@[]")
	set(EscapeHTML, never+"#%'")
	set(EscapeRefresh, " \"'<>\\^`{|~") // and not '}': so it is in nginx
	set(EscapeMemcached, " %")
	return t
}()

// EscapeURI appends src to dst with the bytes of kind's set as %XX (upper-case).
func EscapeURI(dst, src []byte, kind Escape) []byte {
	const hex = "0123456789ABCDEF"
	set := &escapeSets[kind]
	for _, c := range src {
		if set[c] {
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		} else {
			dst = append(dst, c)
		}
	}
	return dst
}

// NeedsEscape says whether EscapeURI would change src.
func NeedsEscape(src []byte, kind Escape) bool {
	set := &escapeSets[kind]
	for _, c := range src {
		if set[c] {
			return true
		}
	}
	return false
}

// Unescape says how far and what UnescapeURI decodes (ngx_unescape_uri).
type Unescape uint8

// What UnescapeURI decodes for.
const (
	UnescapeAll      Unescape = iota // every %XX
	UnescapeURIPath                  // up to and including the first '?', which may be escaped
	UnescapeRedirect                 // the same, and only characters that need no escape: the rest stays as sent
)

// UnescapeURI appends src to dst with %XX decoded. As in nginx a '%' that no two digits follow is dropped, and with it
// the digit behind it if there is one.
func UnescapeURI(dst, src []byte, kind Unescape) []byte {
	for i := 0; i < len(src); i++ {
		c := src[i]
		if c == '?' && kind != UnescapeAll {
			return append(dst, c)
		}
		if c != '%' {
			dst = append(dst, c)
			continue
		}
		if i++; i >= len(src) {
			break
		}
		hi := hexDigit(src[i])
		if hi > 15 {
			dst = append(dst, src[i])
			continue
		}
		if i++; i >= len(src) {
			break
		}
		lo := hexDigit(src[i])
		if lo > 15 {
			continue
		}
		c = hi<<4 | lo
		switch {
		case c == '?' && kind != UnescapeAll:
			return append(dst, c)
		case kind == UnescapeRedirect && (c <= '%' || c >= 0x7f):
			dst = append(dst, '%', src[i-1], src[i])
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
