package paging

import (
	"sync/atomic"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// InEitherFormat sends a request of which the service accepts only one of two formats. If the service rejects the current format with 400 or
// 422, InEitherFormat sends the other one and, if the service accepts it, makes it the current format of the run. If both are rejected, the
// format is not the reason, and the first error is returned.
func InEitherFormat[T any](isSecond *atomic.Bool, send func(isSecond bool) (T, error)) (T, error) {
	current := isSecond.Load()

	value, err := send(current)
	if !transport.IsRejected(err) {
		return value, err
	}

	other, errOther := send(!current)

	switch {
	case errOther == nil:
		isSecond.Store(!current)

		return other, nil
	case transport.IsRejected(errOther):
		return value, err
	default:
		return other, errOther
	}
}
