package server

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// RouteControl adds the operations for the journal, faults and token expiry to the control API.
func (s *Server) RouteControl(mux *http.ServeMux) {
	mux.HandleFunc("GET /-/journal", func(w http.ResponseWriter, _ *http.Request) {
		WriteJSON(w, s.Journal())
	})
	mux.HandleFunc("DELETE /-/journal", func(w http.ResponseWriter, _ *http.Request) {
		s.ResetJournal()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /-/journal/faults", func(w http.ResponseWriter, _ *http.Request) {
		WriteJSON(w, s.FaultCounts())
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

		WriteJSON(w, pending)
	})
	mux.HandleFunc("DELETE /-/faults", func(w http.ResponseWriter, _ *http.Request) {
		s.ClearFaults()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /-/expire-tokens", func(w http.ResponseWriter, _ *http.Request) {
		s.tokens.ExpireTokens()
		w.WriteHeader(http.StatusNoContent)
	})
}

// WriteJSON writes a value as JSON.
func WriteJSON(w http.ResponseWriter, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)

		return
	}

	w.Header().Set("Content-Type", TypeJSON)
	_, _ = w.Write(append(body, '\n')) // Write fails only if the client has disconnected.
}

// wireFault is the JSON form of a fault, with its delay as a string.
type wireFault struct {
	Fault

	Delay string `json:"delay,omitempty"`
}

// DecodeStrictly decodes JSON and rejects unknown fields, so that a misspelled name in a script causes an error. The error refers to the JSON
// value by the given name.
func DecodeStrictly(body io.Reader, name string, target any) error {
	decoder := json.NewDecoder(body)
	decoder.DisallowUnknownFields()

	if err := decoder.Decode(target); err != nil {
		return fmt.Errorf("decode the %s: %w", name, err)
	}

	return nil
}

// decodeFault decodes a fault, and rejects unknown fields and invalid faults.
func decodeFault(body io.Reader) (Fault, error) {
	var wire wireFault

	if err := DecodeStrictly(body, "fault", &wire); err != nil {
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
