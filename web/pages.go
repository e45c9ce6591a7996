package web

import "bytes"

// Version of nginx that is played.
const Version = "nginx/1.31.5"

var textHTML = []byte("text/html")

// serverLines and pageTails by server_tokens: off, on, build; this is a build without a name, as -V shows.
var (
	serverLines = [3]string{"Server: nginx\r\n", "Server: " + Version + "\r\n", "Server: " + Version + "\r\n"}
	pageTails   = [3]string{"nginx", Version, Version}
)

// msiePadding brings short error pages over the length below which some browsers show their own.
var msiePadding = bytes.Repeat([]byte("<!-- a padding to disable MSIE and Chrome friendly error page -->\r\n"), 6)

// The page that takes MSIE to another address, around that address.
var (
	refreshHead = []byte("<html><head><meta http-equiv=\"Refresh\" content=\"0; URL=")
	refreshTail = []byte("\"></head><body></body></html>\r\n")
)

// pageTitles are the titles of nginx's error pages; a status without one has no body.
var pageTitles = map[int]string{
	301: "301 Moved Permanently", 302: "302 Found", 303: "303 See Other", 307: "307 Temporary Redirect", 308: "308 Permanent Redirect",
	400: "400 Bad Request", 401: "401 Authorization Required", 402: "402 Payment Required", 403: "403 Forbidden", 404: "404 Not Found",
	405: "405 Not Allowed", 406: "406 Not Acceptable", 407: "407 Proxy Authentication Required", 408: "408 Request Time-out",
	409: "409 Conflict", 410: "410 Gone", 411: "411 Length Required", 412: "412 Precondition Failed", 413: "413 Request Entity Too Large",
	414: "414 Request-URI Too Large", 415: "415 Unsupported Media Type", 416: "416 Requested Range Not Satisfiable",
	421: "421 Misdirected Request", 429: "429 Too Many Requests",
	494: "400 Request Header Or Cookie Too Large", 495: "400 The SSL certificate error", 496: "400 No required SSL certificate was sent",
	497: "400 The plain HTTP request was sent to HTTPS port",
	500: "500 Internal Server Error", 501: "501 Not Implemented", 502: "502 Bad Gateway", 503: "503 Service Temporarily Unavailable",
	504: "504 Gateway Time-out", 505: "505 HTTP Version Not Supported", 507: "507 Insufficient Storage",
}

// pageNotes stand between the heading and the line of the four pages whose heading says only "400 Bad Request".
var pageNotes = map[int]string{
	494: "Request Header Or Cookie Too Large", 495: "The SSL certificate error", 496: "No required SSL certificate was sent",
	497: "The plain HTTP request was sent to HTTPS port",
}

// renderedPages holds every page for every form of server_tokens, by status - 300.
var renderedPages = renderPages()

func renderPages() (all [3][300][]byte) {
	for tokens, tail := range pageTails {
		for status, title := range pageTitles {
			heading, note := title, ""
			if n, ok := pageNotes[status]; ok {
				heading, note = "400 Bad Request", "<center>"+n+"</center>\r\n"
			}
			all[tokens][status-300] = []byte("<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + heading +
				"</h1></center>\r\n" + note + "<hr><center>" + tail + "</center>\r\n</body>\r\n</html>\r\n")
		}
	}
	return all
}

// specialPage gives nginx's page for a status, nil when it has none.
func specialPage(status, tokens int) []byte {
	if status < 300 || status >= 600 {
		return nil
	}
	return renderedPages[tokens][status-300]
}
