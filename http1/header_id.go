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
