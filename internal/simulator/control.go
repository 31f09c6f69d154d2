package simulator

import (
	"net/http"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// Control is the API with which scripts control a simulator that runs as a program. It requires no credentials, so serve it on loopback
// addresses only. It responds only to requests for localhost, for an address of this machine or for one of hosts, and not to web pages of
// other sites. Bodies must be labelled as application/json.
//
//	GET    /-/journal        every request so far, as a JSON array of Entry
//	DELETE /-/journal        empties it
//	GET    /-/journal/faults how many requests are in it and how many met which fault, as a JSON object; see FaultCounts
//	POST   /-/faults         a Fault as JSON, with "delay" as a duration such as "1.5s"
//	GET    /-/faults         the faults that are still to come, as a JSON array of them
//	DELETE /-/faults         withdraws them, and ends random faults
//	POST   /-/expire-tokens  refuses every access token issued so far
//
//	GET    /-/subscriptions       every event subscription, as a JSON array of Subscription with the values of headers masked
//	POST   /-/subscriptions       a Subscription as JSON, which is added; the response is its id
//	PATCH  /-/subscriptions/{id}  the members of a Subscription that change, such as {"status": "failed"}
//	DELETE /-/subscriptions/{id}  removes it
//	POST   /-/events              fires {"id": …, "count": …, "delivery": …}; see FireEvents
//
// Users and groups can be changed as another program would change them. The same paths exist below /-/scim/groups, with Group:
//
//	GET    /-/scim/users       all users, as a JSON array of User
//	POST   /-/scim/users       adds a User and answers it
//	PATCH  /-/scim/users/{id}  changes the fields that the body has and answers the whole User
//	DELETE /-/scim/users/{id}  removes it, if it is there
func Control(s *Simulator, hosts ...string) http.Handler {
	mux := http.NewServeMux()

	s.Server.RouteControl(mux)
	s.SubscriptionService.RouteControl(mux)
	s.Directory.RouteControl(mux)

	return server.GuardControl(mux, hosts)
}
