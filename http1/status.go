package http1

// statusLines are the reasons nginx sends; codes it has no text for get the number alone, as in nginx.
var statusLines = [600]string{
	200: "200 OK", 201: "201 Created", 202: "202 Accepted", 204: "204 No Content", 206: "206 Partial Content",
	301: "301 Moved Permanently", 302: "302 Moved Temporarily", 303: "303 See Other", 304: "304 Not Modified",
	307: "307 Temporary Redirect", 308: "308 Permanent Redirect",
	400: "400 Bad Request", 401: "401 Unauthorized", 402: "402 Payment Required", 403: "403 Forbidden",
	404: "404 Not Found", 405: "405 Not Allowed", 406: "406 Not Acceptable", 407: "407 Proxy Authentication Required",
	408: "408 Request Time-out", 409: "409 Conflict", 410: "410 Gone", 411: "411 Length Required",
	412: "412 Precondition Failed", 413: "413 Request Entity Too Large", 414: "414 Request-URI Too Large",
	415: "415 Unsupported Media Type", 416: "416 Requested Range Not Satisfiable", 421: "421 Misdirected Request",
	429: "429 Too Many Requests",
	500: "500 Internal Server Error", 501: "501 Not Implemented", 502: "502 Bad Gateway",
	503: "503 Service Temporarily Unavailable", 504: "504 Gateway Time-out", 505: "505 HTTP Version Not Supported",
	507: "507 Insufficient Storage",
}

// StatusLine is what nginx writes behind "HTTP/1.1 " for a code: "200 OK"; "" if it has no text for it (then the number
// and a space are written: AppendStatus).
func StatusLine(code int) string {
	if code < 0 || code >= len(statusLines) {
		return ""
	}
	return statusLines[code]
}

// AppendStatus appends what stands behind the version in a status line, whatever the code.
func AppendStatus(dst []byte, code int) []byte {
	if s := StatusLine(code); s != "" {
		return append(dst, s...)
	}
	return append(dst, byte('0'+code/100%10), byte('0'+code/10%10), byte('0'+code%10), ' ')
}
