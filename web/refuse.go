package web

import "fmt"

// Refusal is what a filter's Head returns to have the exchange answered with an error status, by error_page or with nginx's
// page, in place of the answer whose head it saw. SendHead passes it on, and the handler gives up with Aborted.
type Refusal struct {
	Status int
	// Clean drops the fields of the head (ngx_http_filter_finalize_request); else they stay.
	Clean bool
}

func (r Refusal) Error() string { return fmt.Sprintf("refused with %d", r.Status) }

type refusalState Refusal // its status becomes 0 when the error page is sent

var refusals = NewSlot[refusalState]()

// headFailed takes back a head that a filter refused.
func (x *Exchange) headFailed(err error) error {
	r, ok := err.(Refusal)
	if !ok {
		return err
	}
	*refusals.Of(x) = refusalState(r)
	x.headQueued = false
	x.unfilter()
	x.Out.Status, x.Out.StatusText = 0, nil
	if r.Clean {
		x.Out.reset()
	}
	return err
}

// refused puts the status with which a filter refused the answer in the place of res, once.
func (x *Exchange) refused(res *Result) bool {
	r, ok := refusals.Have(x)
	if !ok || r.Status == 0 {
		return false
	}
	*res, r.Status = Result(r.Status), 0
	return true
}
