package simulator

import (
	"net/http"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// Control returns the handler of the control API, through which scripts control a simulator that runs as a separate program. The API requires
// no credentials, so serve it only on loopback addresses. The Host header of a request must be localhost, the address at which the request
// arrived, or one of the given hosts. Cross-origin requests are rejected. Bodies must have the Content-Type application/json.
//
//	GET    /-/journal        returns all requests so far as a JSON array of Entry
//	DELETE /-/journal        clears the journal
//	GET    /-/journal/faults returns the number of requests, in total and by fault, as a JSON object; see FaultCounts
//	POST   /-/faults         injects a Fault, whose "delay" is a duration such as "1.5s"
//	GET    /-/faults         returns the pending faults as a JSON array
//	DELETE /-/faults         removes the pending faults and stops random faults
//	POST   /-/expire-tokens  invalidates every access token issued so far
//
//	GET    /-/subscriptions       returns all event subscriptions as a JSON array of Subscription, with masked header values
//	POST   /-/subscriptions       adds a Subscription and returns its id
//	PATCH  /-/subscriptions/{id}  changes the fields in the body, such as {"status": "failed"}
//	DELETE /-/subscriptions/{id}  removes a subscription
//	POST   /-/events              fires {"id": …, "count": …, "delivery": …}; see FireEvents
//
// The following operations change users out of band, as another program would. The same operations exist for groups below /-/scim/groups:
//
//	GET    /-/scim/users       returns all users as a JSON array of User
//	POST   /-/scim/users       adds a User and returns the user
//	PATCH  /-/scim/users/{id}  changes the fields in the body and returns the whole User
//	DELETE /-/scim/users/{id}  removes a user if it exists
func Control(s *Simulator, hosts ...string) http.Handler {
	mux := http.NewServeMux()

	s.Server.RouteControl(mux)
	s.SubscriptionService.RouteControl(mux)
	s.Directory.RouteControl(mux)

	return server.GuardControl(mux, hosts)
}
