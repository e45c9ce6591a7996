package http1

// Error is why a message was refused. It is a constant: comparing and returning it allocates nothing.
type Error uint8

// Errors of requests (client) and responses (upstream).
const (
	errNone Error = iota
	ErrBadMethod
	ErrBadRequestLine
	ErrBadVersion
	ErrBadMethod09
	ErrBadPath
	ErrBadHostInLine
	ErrBadHeader
	ErrBadHost
	ErrNoServer // ServerChooser cannot tell the server, and has said why
	ErrDuplicateHost
	ErrDuplicateHeader
	ErrHostMissing
	ErrBadContentLength
	ErrTransferEncoding10
	ErrCLAndTE
	ErrBadTransferEncoding
	ErrConnect
	ErrConnectBody
	ErrTrace
	ErrTooManyHeaders
	ErrBadChunk

	ErrNoHeader
	ErrEarlyHints10
	ErrUpstreamBadHeader
	ErrUpstreamDuplicateHeader
	ErrUpstreamBadContentLength
	ErrUpstreamCLAndTE
	ErrUpstreamBadTransferEncoding
	ErrUpstreamBadTrailer
)

// errorTable: nginx's answer and log text; text ending in ": " goes on with parts of the message (AppendError).
var errorTable = [...]struct {
	status int
	text   string
}{
	ErrBadMethod:           {400, "client sent invalid method"},
	ErrBadRequestLine:      {400, "client sent invalid request"},
	ErrBadVersion:          {505, "client sent invalid version"},
	ErrBadMethod09:         {400, "client sent invalid method in HTTP/0.9 request"},
	ErrBadPath:             {400, "client sent invalid request"},
	ErrBadHostInLine:       {400, "client sent invalid host in request line"},
	ErrBadHeader:           {400, "client sent invalid header line: "},
	ErrBadHost:             {400, "client sent invalid host header"},
	ErrNoServer:            {500, "the server cannot be told"},
	ErrDuplicateHost:       {400, "client sent duplicate host header: "},
	ErrDuplicateHeader:     {400, "client sent duplicate header line: "},
	ErrHostMissing:         {400, "client sent HTTP/1.1 request without \"Host\" header"},
	ErrBadContentLength:    {400, "client sent invalid \"Content-Length\" header"},
	ErrTransferEncoding10:  {400, "client sent HTTP/1.0 request with \"Transfer-Encoding\" header"},
	ErrCLAndTE:             {400, "client sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time"},
	ErrBadTransferEncoding: {501, "client sent unknown \"Transfer-Encoding\": "},
	ErrConnect:             {405, "client sent CONNECT method"},
	ErrConnectBody:         {400, "client sent CONNECT request with body"},
	ErrTrace:               {405, "client sent TRACE method"},
	ErrTooManyHeaders:      {494, "client sent too many header lines"},
	ErrBadChunk:            {400, "client sent invalid chunked body"},

	ErrNoHeader:                    {0, "upstream sent no valid HTTP/1.0 header"},
	ErrEarlyHints10:                {502, "upstream sent HTTP/1.0 response with early hints"},
	ErrUpstreamBadHeader:           {502, "upstream sent invalid header: "},
	ErrUpstreamDuplicateHeader:     {502, "upstream sent duplicate header line: "},
	ErrUpstreamBadContentLength:    {502, "upstream sent invalid \"Content-Length\" header: "},
	ErrUpstreamCLAndTE:             {502, "upstream sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time"},
	ErrUpstreamBadTransferEncoding: {502, "upstream sent unknown \"Transfer-Encoding\": "},
	ErrUpstreamBadTrailer:          {502, "upstream sent invalid trailer: "},
}

// Status is the status nginx answers the client with; 0 for ErrNoHeader, where nginx passes the bytes on as HTTP/0.9.
func (e Error) Status() int { return errorTable[e].status }

// LogText is nginx's log text without the parts that quote the message; see AppendError of Request and Response.
func (e Error) LogText() string { return errorTable[e].text }

// Close: nginx closes the connection after every one of these.
func (e Error) Close() bool { return true }

func (e Error) Error() string { return errorTable[e].text }

// appendError writes e's log text; h and prev are the offending header and the one it repeats, bad is what was parsed
// of an unreadable line, followed by the offending byte.
func (e Error) appendError(dst, b []byte, h, prev Header, bad Span) []byte {
	dst = append(dst, errorTable[e].text...)
	line := func(h Header) {
		dst = append(dst, '"')
		dst = append(dst, h.Name.Of(b)...)
		dst = append(dst, ": "...)
		dst = append(dst, h.Value.Of(b)...)
		dst = append(dst, '"')
	}
	switch e {
	case ErrBadHeader, ErrUpstreamBadHeader, ErrUpstreamBadTrailer:
		const hex = "0123456789abcdef"
		c := b[bad.End]
		dst = append(dst, '"')
		dst = append(dst, bad.Of(b)...)
		dst = append(dst, '\\', 'x', hex[c>>4], hex[c&15])
		dst = append(dst, "...\""...)
	case ErrDuplicateHost, ErrDuplicateHeader, ErrUpstreamDuplicateHeader:
		line(h)
		dst = append(dst, ", previous value: "...)
		line(prev)
	case ErrUpstreamBadContentLength:
		line(h)
	case ErrBadTransferEncoding, ErrUpstreamBadTransferEncoding:
		dst = append(dst, '"')
		dst = append(dst, h.Value.Of(b)...)
		dst = append(dst, '"')
	}
	return dst
}
