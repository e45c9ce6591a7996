package http1

import (
	"bytes"
	"encoding/base64"
)

// DecodeBase64 reads base64 as nginx does: the text up to the first '=', with all of its padding, some of it, or none.
func DecodeBase64(text []byte) (raw []byte, ok bool) {
	if i := bytes.IndexByte(text, '='); i >= 0 {
		text = text[:i]
	}
	raw = make([]byte, base64.RawStdEncoding.DecodedLen(len(text)))
	n, err := base64.RawStdEncoding.Decode(raw, text)
	return raw[:n], err == nil
}
