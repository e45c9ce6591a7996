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

type refused struct{ status int }

var refusals = NewSlot[refused]()

// headFailed takes back a head that a filter refused.
func (x *Exchange) headFailed(err error) error {
	r, ok := err.(Refusal)
	if !ok {
		return err
	}
	refusals.Of(x).status = r.Status
	x.headQueued, x.outerAt = false, 0
	clear(x.bodies)
	x.bodies = x.bodies[:0]
	x.Out.Status, x.Out.StatusText = 0, nil
	if r.Clean {
		x.Out.reset()
	}
	return err
}

// refusal gives the status with which a filter refused the answer, once; 0 = none did.
func (x *Exchange) refusal() Result {
	r, ok := refusals.Have(x)
	if !ok {
		return 0
	}
	status := r.status
	r.status = 0
	return Result(status)
}
