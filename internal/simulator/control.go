package simulator

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Control is the API by which scripts steer a simulator that runs as a program. It asks for no credentials: serve it on
// loopback only. It responds only to requests for localhost, for an address of this machine or for one of hosts, and not to web
// pages of other sites. Bodies must be labelled as application/json.
//
//	GET    /-/journal        every request so far, as a JSON array of Entry
//	DELETE /-/journal        empties it
//	POST   /-/faults         a Fault as JSON, with "delay" as a duration such as "1.5s"
//	GET    /-/faults         the faults that are still to come, as a JSON array of them
//	DELETE /-/faults         withdraws them
//	POST   /-/expire-tokens  refuses every access token issued so far
//
//	GET    /-/subscriptions       every event subscription, as a JSON array of Subscription with the values of headers masked
//	POST   /-/subscriptions       a Subscription as JSON, which is added; the answer is its id
//	PATCH  /-/subscriptions/{id}  the members of a Subscription that change, such as {"status": "failed"}
//	DELETE /-/subscriptions/{id}  removes it
//	POST   /-/events              fires {"id": …, "count": …, "delivery": …}; see FireEvents
//
// Users and groups can be changed as somebody else would; everything below /-/scim/users goes for /-/scim/groups too, with
// SCIMGroup:
//
//	GET    /-/scim/users       all users, as a JSON array of SCIMUser
//	POST   /-/scim/users       adds a SCIMUser and answers it
//	PATCH  /-/scim/users/{id}  changes the fields that the body has and answers the whole SCIMUser
//	DELETE /-/scim/users/{id}  removes it, if it is there
func Control(s *Simulator, hosts ...string) http.Handler {
	mux := http.NewServeMux()

	mux.HandleFunc("GET /-/journal", func(w http.ResponseWriter, _ *http.Request) {
		show(w, s.Journal())
	})
	mux.HandleFunc("DELETE /-/journal", func(w http.ResponseWriter, _ *http.Request) {
		s.ResetJournal()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /-/faults", func(w http.ResponseWriter, r *http.Request) {
		fault, err := decodeFault(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)

			return
		}

		s.Inject(fault)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /-/faults", func(w http.ResponseWriter, _ *http.Request) {
		pending := []wireFault{}

		for _, fault := range s.PendingFaults() {
			wire := wireFault{Fault: fault}
			if fault.Delay > 0 {
				wire.Delay = fault.Delay.String()
			}

			pending = append(pending, wire)
		}

		show(w, pending)
	})
	mux.HandleFunc("DELETE /-/faults", func(w http.ResponseWriter, _ *http.Request) {
		s.ClearFaults()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /-/expire-tokens", func(w http.ResponseWriter, _ *http.Request) {
		s.ExpireTokens()
		w.WriteHeader(http.StatusNoContent)
	})

	controlSubscriptions(mux, s)
	controlSCIM(mux, s)

	return guardControl(mux, hosts)
}

// show answers a value as JSON.
func show(w http.ResponseWriter, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)

		return
	}

	w.Header().Set("Content-Type", typeJSON)
	_, _ = w.Write(append(body, '\n')) // It can only fail because the client is gone.
}

// wireFault is a fault with its delay as a text.
type wireFault struct {
	Fault

	Delay string `json:"delay,omitempty"`
}

// decodeStrictly reads JSON and refuses fields that there are not: a misspelt one should not pass as a working script. what names
// the JSON in the error.
func decodeStrictly(body io.Reader, what string, target any) error {
	decoder := json.NewDecoder(body)
	decoder.DisallowUnknownFields()

	if err := decoder.Decode(target); err != nil {
		return fmt.Errorf("decode the %s: %w", what, err)
	}

	return nil
}

// decodeFault reads a fault and refuses what makes no sense: a misspelt field should not pass as a working script.
func decodeFault(body io.Reader) (Fault, error) {
	var wire wireFault

	if err := decodeStrictly(body, "fault", &wire); err != nil {
		return Fault{}, err
	}

	fault := wire.Fault

	if wire.Delay != "" {
		delay, err := time.ParseDuration(wire.Delay)
		if err != nil {
			return Fault{}, fmt.Errorf("decode the fault's delay: %w", err)
		}

		fault.Delay = delay
	}

	if err := fault.check(); err != nil {
		return Fault{}, err
	}

	return fault, nil
}
