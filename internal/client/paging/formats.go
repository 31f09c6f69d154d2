package paging

import (
	"sync/atomic"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// InEitherFormat sends a request that has two possible formats, of which the service may accept only one. If the service rejects the current
// format with 400 or 422, InEitherFormat sends the other format. If the service accepts the other format, it becomes the current format of the
// run. If the service rejects both formats, the format is not the reason, and InEitherFormat returns the first error.
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
