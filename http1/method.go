package http1

// Method is the request method as a bit, so that limit_except and proxy_cache_methods can hold sets of it.
type Method uint32

// The methods nginx knows; any other is MethodUnknown (it is still passed on as sent).
const (
	MethodUnknown Method = 1 << iota
	MethodGet
	MethodHead
	MethodPost
	MethodPut
	MethodDelete
	MethodMkcol
	MethodCopy
	MethodMove
	MethodOptions
	MethodPropfind
	MethodProppatch
	MethodLock
	MethodUnlock
	MethodPatch
	MethodTrace
	MethodConnect
)

// MethodOf names the method spelled by text; methods are case-sensitive.
func MethodOf(text []byte) Method {
	switch string(text) {
	case "GET":
		return MethodGet
	case "HEAD":
		return MethodHead
	case "POST":
		return MethodPost
	case "PUT":
		return MethodPut
	case "DELETE":
		return MethodDelete
	case "MKCOL":
		return MethodMkcol
	case "COPY":
		return MethodCopy
	case "MOVE":
		return MethodMove
	case "OPTIONS":
		return MethodOptions
	case "PROPFIND":
		return MethodPropfind
	case "PROPPATCH":
		return MethodProppatch
	case "LOCK":
		return MethodLock
	case "UNLOCK":
		return MethodUnlock
	case "PATCH":
		return MethodPatch
	case "TRACE":
		return MethodTrace
	case "CONNECT":
		return MethodConnect
	}
	return MethodUnknown
}
