package web

// Result is what a handler made of an exchange: one of the names below, or an HTTP status to answer with.
type Result int

const (
	// Declined: not mine, go on with the next handler.
	Declined Result = -1
	// Done: the answer has been given, or the connection has been taken over.
	Done Result = -2
	// Redirected: the exchange has a new URI or a named location; start over with it.
	Redirected Result = -3
	// Allowed: an access handler let the request in ("satisfy any" needs to know).
	Allowed Result = -4
	// Aborted: the client or the upstream is gone in the middle of an answer; nothing can be sent any more.
	Aborted Result = -5
)

// Statuses that nginx uses inside; all but Close show in logs.
const (
	StatusClose              = 444 // close without an answer
	StatusHeaderTooLarge     = 494 // shown as 400
	StatusPlainToHTTPS       = 497 // shown as 400
	StatusClientClosed       = 499 // the client went away
	statusRequestTimeout     = 408
	statusBadRequest         = 400
	statusNotFound           = 404
	statusForbidden          = 403
	statusUnauthorized       = 401
	statusInternalError      = 500
	statusMovedPermanently   = 301
	statusPayloadTooLarge    = 413
	statusURITooLong         = 414
	statusLengthRequired     = 411
	statusNotImplemented     = 501
	statusNoContent          = 204
	statusNotModified        = 304
	statusSwitchingProtocols = 101
)

// A Handler is one step of a phase, or a location's content.
type Handler func(x *Exchange) Result

// Phase names the steps of an exchange that modules can join (ngx_http_phases).
type Phase uint8

const (
	PhasePostRead Phase = iota
	PhaseServerRewrite
	PhaseRewrite
	PhasePreaccess
	PhaseAccess
	PhasePrecontent
	PhaseContent
	PhaseLog
	numPhases
)
