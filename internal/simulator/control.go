package simulator

import (
	"net/http"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// Control is the API with which scripts control a simulator that runs as a program. It requires no credentials, so serve it on loopback
// addresses only. It responds only to requests for localhost, for an address of this machine or for one of hosts, and not to web pages of other
// sites. Bodies must be labelled as application/json.
//
//	GET    /-/journal        returns all requests so far, as a JSON array of Entry
//	DELETE /-/journal        clears the journal
//	GET    /-/journal/faults returns the number of requests, in total and for each fault, as a JSON object; see FaultCounts
//	POST   /-/faults         injects a Fault, given as JSON with "delay" as a duration such as "1.5s"
//	GET    /-/faults         returns the pending faults as a JSON array
//	DELETE /-/faults         removes the pending faults, and ends random faults
//	POST   /-/expire-tokens  rejects every access token issued so far
//
//	GET    /-/subscriptions       returns all event subscriptions as a JSON array of Subscription, with the values of headers masked
//	POST   /-/subscriptions       adds a Subscription, given as JSON, and returns its id
//	PATCH  /-/subscriptions/{id}  changes the members in the body, such as {"status": "failed"}
//	DELETE /-/subscriptions/{id}  removes a subscription
//	POST   /-/events              fires {"id": …, "count": …, "delivery": …}; see FireEvents
//
// Users and groups can be changed as another program would change them. The same paths exist below /-/scim/groups, with Group:
//
//	GET    /-/scim/users       returns all users as a JSON array of User
//	POST   /-/scim/users       adds a User, and returns it
//	PATCH  /-/scim/users/{id}  changes the fields in the body, and returns the whole User
//	DELETE /-/scim/users/{id}  removes a user, if it exists
func Control(s *Simulator, hosts ...string) http.Handler {
	mux := http.NewServeMux()

	s.Server.RouteControl(mux)
	s.SubscriptionService.RouteControl(mux)
	s.Directory.RouteControl(mux)

	return server.GuardControl(mux, hosts)
}
