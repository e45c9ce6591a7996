package http1

// HeaderID is a header name known to this package; it gives O(1) access through Known.
type HeaderID uint8

// The known headers. HdrNone is any other.
const (
	HdrNone HeaderID = iota
	HdrHost
	HdrConnection
	HdrContentLength
	HdrTransferEncoding
	HdrUpgrade
	HdrExpect
	HdrKeepAlive
	HdrCookie
	HdrUserAgent
	HdrReferer
	HdrXForwardedFor
	HdrXForwardedProto
	HdrXForwardedHost
	HdrXForwardedPort
	HdrXRealIP
	HdrForwarded
	HdrAuthorization
	HdrRange
	HdrIfRange
	HdrIfModifiedSince
	HdrIfUnmodifiedSince
	HdrIfMatch
	HdrIfNoneMatch
	HdrAccept
	HdrAcceptEncoding
	HdrAcceptLanguage
	HdrAcceptCharset
	HdrContentType
	HdrContentRange
	HdrVia
	HdrTE
	HdrTrailer
	HdrDate
	HdrDestination
	HdrDepth
	HdrOverwrite
	HdrProxyAuthorization
	HdrProxyConnection
	HdrOrigin
	HdrPriority
	HdrSecWebSocketKey
	HdrSecWebSocketVersion
	HdrSecWebSocketProtocol
	HdrSecWebSocketExtensions
	HdrSecWebSocketAccept
	HdrServer
	HdrStatus
	HdrLocation
	HdrContentEncoding
	HdrContentDisposition
	HdrContentLanguage
	HdrLastModified
	HdrETag
	HdrExpires
	HdrCacheControl
	HdrPragma
	HdrSetCookie
	HdrVary
	HdrWWWAuthenticate
	HdrProxyAuthenticate
	HdrRefresh
	HdrAcceptRanges
	HdrXAccelRedirect
	HdrXAccelExpires
	HdrXAccelLimitRate
	HdrXAccelBuffering
	HdrXAccelCharset
	HdrLink
	HdrAge
	HdrRetryAfter
	HdrEarlyData

	// NumHeaders is the number of ids, HdrNone included.
	NumHeaders = int(iota)
)

// headerNames is in the order of the ids, lower-case.
var headerNames = [NumHeaders]string{
	HdrHost:                   "host",
	HdrConnection:             "connection",
	HdrContentLength:          "content-length",
	HdrTransferEncoding:       "transfer-encoding",
	HdrUpgrade:                "upgrade",
	HdrExpect:                 "expect",
	HdrKeepAlive:              "keep-alive",
	HdrCookie:                 "cookie",
	HdrUserAgent:              "user-agent",
	HdrReferer:                "referer",
	HdrXForwardedFor:          "x-forwarded-for",
	HdrXForwardedProto:        "x-forwarded-proto",
	HdrXForwardedHost:         "x-forwarded-host",
	HdrXForwardedPort:         "x-forwarded-port",
	HdrXRealIP:                "x-real-ip",
	HdrForwarded:              "forwarded",
	HdrAuthorization:          "authorization",
	HdrRange:                  "range",
	HdrIfRange:                "if-range",
	HdrIfModifiedSince:        "if-modified-since",
	HdrIfUnmodifiedSince:      "if-unmodified-since",
	HdrIfMatch:                "if-match",
	HdrIfNoneMatch:            "if-none-match",
	HdrAccept:                 "accept",
	HdrAcceptEncoding:         "accept-encoding",
	HdrAcceptLanguage:         "accept-language",
	HdrAcceptCharset:          "accept-charset",
	HdrContentType:            "content-type",
	HdrContentRange:           "content-range",
	HdrVia:                    "via",
	HdrTE:                     "te",
	HdrTrailer:                "trailer",
	HdrDate:                   "date",
	HdrDestination:            "destination",
	HdrDepth:                  "depth",
	HdrOverwrite:              "overwrite",
	HdrProxyAuthorization:     "proxy-authorization",
	HdrProxyConnection:        "proxy-connection",
	HdrOrigin:                 "origin",
	HdrPriority:               "priority",
	HdrSecWebSocketKey:        "sec-websocket-key",
	HdrSecWebSocketVersion:    "sec-websocket-version",
	HdrSecWebSocketProtocol:   "sec-websocket-protocol",
	HdrSecWebSocketExtensions: "sec-websocket-extensions",
	HdrSecWebSocketAccept:     "sec-websocket-accept",
	HdrServer:                 "server",
	HdrStatus:                 "status",
	HdrLocation:               "location",
	HdrContentEncoding:        "content-encoding",
	HdrContentDisposition:     "content-disposition",
	HdrContentLanguage:        "content-language",
	HdrLastModified:           "last-modified",
	HdrETag:                   "etag",
	HdrExpires:                "expires",
	HdrCacheControl:           "cache-control",
	HdrPragma:                 "pragma",
	HdrSetCookie:              "set-cookie",
	HdrVary:                   "vary",
	HdrWWWAuthenticate:        "www-authenticate",
	HdrProxyAuthenticate:      "proxy-authenticate",
	HdrRefresh:                "refresh",
	HdrAcceptRanges:           "accept-ranges",
	HdrXAccelRedirect:         "x-accel-redirect",
	HdrXAccelExpires:          "x-accel-expires",
	HdrXAccelLimitRate:        "x-accel-limit-rate",
	HdrXAccelBuffering:        "x-accel-buffering",
	HdrXAccelCharset:          "x-accel-charset",
	HdrLink:                   "link",
	HdrAge:                    "age",
	HdrRetryAfter:             "retry-after",
	HdrEarlyData:              "early-data",
}

// Name is the lower-case name, "" for HdrNone.
func (id HeaderID) Name() string { return headerNames[id] }

// candidate finds the one known header that name (lower- or upper-case letters) can be, by its length and a byte or two.
// The caller still has to compare.
func candidate(name []byte) HeaderID {
	switch len(name) {
	case 2:
		return HdrTE
	case 3:
		switch name[0] | 0x20 {
		case 'a':
			return HdrAge
		case 'v':
			return HdrVia
		}
	case 4:
		switch name[0] | 0x20 {
		case 'd':
			return HdrDate
		case 'e':
			return HdrETag
		case 'h':
			return HdrHost
		case 'l':
			return HdrLink
		case 'v':
			return HdrVary
		}
	case 5:
		switch name[0] | 0x20 {
		case 'd':
			return HdrDepth
		case 'r':
			return HdrRange
		}
	case 6:
		switch name[0] | 0x20 {
		case 'a':
			return HdrAccept
		case 'c':
			return HdrCookie
		case 'e':
			return HdrExpect
		case 'o':
			return HdrOrigin
		case 'p':
			return HdrPragma
		case 's':
			switch name[1] | 0x20 {
			case 'e':
				return HdrServer
			case 't':
				return HdrStatus
			}
		}
	case 7:
		switch name[0] | 0x20 {
		case 'e':
			return HdrExpires
		case 'r':
			switch name[3] | 0x20 {
			case 'e':
				return HdrReferer
			case 'r':
				return HdrRefresh
			}
		case 't':
			return HdrTrailer
		case 'u':
			return HdrUpgrade
		}
	case 8:
		switch name[3] | 0x20 {
		case 'a':
			return HdrLocation
		case 'm':
			return HdrIfMatch
		case 'o':
			return HdrPriority
		case 'r':
			return HdrIfRange
		}
	case 9:
		switch name[0] | 0x20 {
		case 'f':
			return HdrForwarded
		case 'o':
			return HdrOverwrite
		case 'x':
			return HdrXRealIP
		}
	case 10:
		switch name[0] | 0x20 {
		case 'c':
			return HdrConnection
		case 'e':
			return HdrEarlyData
		case 'k':
			return HdrKeepAlive
		case 's':
			return HdrSetCookie
		case 'u':
			return HdrUserAgent
		}
	case 11:
		switch name[0] | 0x20 {
		case 'd':
			return HdrDestination
		case 'r':
			return HdrRetryAfter
		}
	case 12:
		return HdrContentType
	case 13:
		switch name[6] | 0x20 {
		case '-':
			return HdrAcceptRanges
		case 'c':
			return HdrCacheControl
		case 'e':
			return HdrIfNoneMatch
		case 'i':
			return HdrAuthorization
		case 'o':
			return HdrLastModified
		case 't':
			return HdrContentRange
		}
	case 14:
		switch name[0] | 0x20 {
		case 'a':
			return HdrAcceptCharset
		case 'c':
			return HdrContentLength
		}
	case 15:
		switch name[8] | 0x20 {
		case 'a':
			return HdrAcceptLanguage
		case 'c':
			return HdrXAccelCharset
		case 'd':
			return HdrXForwardedFor
		case 'e':
			return HdrXAccelExpires
		case 'n':
			return HdrAcceptEncoding
		}
	case 16:
		switch name[12] | 0x20 {
		case 'c':
			return HdrWWWAuthenticate
		case 'd':
			return HdrContentEncoding
		case 'h':
			return HdrXForwardedHost
		case 'p':
			return HdrXForwardedPort
		case 'r':
			return HdrXAccelRedirect
		case 't':
			return HdrProxyConnection
		case 'u':
			return HdrContentLanguage
		}
	case 17:
		switch name[3] | 0x20 {
		case '-':
			return HdrSecWebSocketKey
		case 'c':
			return HdrXAccelBuffering
		case 'm':
			return HdrIfModifiedSince
		case 'n':
			return HdrTransferEncoding
		case 'o':
			return HdrXForwardedProto
		}
	case 18:
		switch name[0] | 0x20 {
		case 'p':
			return HdrProxyAuthenticate
		case 'x':
			return HdrXAccelLimitRate
		}
	case 19:
		switch name[0] | 0x20 {
		case 'c':
			return HdrContentDisposition
		case 'i':
			return HdrIfUnmodifiedSince
		case 'p':
			return HdrProxyAuthorization
		}
	case 20:
		return HdrSecWebSocketAccept
	case 21:
		return HdrSecWebSocketVersion
	case 22:
		return HdrSecWebSocketProtocol
	case 24:
		return HdrSecWebSocketExtensions
	}
	return HdrNone
}

// Lookup finds the id of a header name, whatever its case.
func Lookup(name []byte) HeaderID {
	id := candidate(name)
	if id == HdrNone {
		return HdrNone
	}
	want := headerNames[id]
	if len(want) != len(name) {
		return HdrNone
	}
	for i := range len(want) {
		if lower[name[i]] != want[i] {
			return HdrNone
		}
	}
	return id
}
