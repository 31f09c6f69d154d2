package client

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// SubscriptionSpec is the desired state of a subscription. Every request, including a change to a subscription, contains the whole state. Source: the
// schema SubscriptionRequest of the Event Subscription API.
type SubscriptionSpec struct {
	KnowledgeModelID, TriggerID string
	// Name has 1 to 1024 characters, and need not be unique.
	Name string
	// CallbackURI is an https address of 1 to 1024 characters that Celonis can reach.
	CallbackURI string
	// Headers are sent to the callback. Celonis accepts the Authorization, Content-Type, User-Agent, Host and Accept headers, with at most 8192
	// bytes in total.
	Headers map[string]transport.Secret
	// SkipErrors makes Celonis drop events whose delivery fails.
	SkipErrors bool
}

// skipErrors is the only permitted value in a subscription's `configurations`.
const skipErrors = "SKIP_ERRORS"

// body returns the request body. A change without headers contains an empty headers object, because Celonis might otherwise keep the former
// headers.
func (s SubscriptionSpec) body(isChange bool) ([]byte, error) {
	type callback struct {
		URI      string             `json:"uri"`
		Protocol string             `json:"protocol"`
		Headers  *map[string]string `json:"headers,omitempty"`
	}

	body := struct {
		Name           string   `json:"name"`
		Callback       callback `json:"callbackInfo"`
		Configurations []string `json:"configurations"`
	}{Name: s.Name, Callback: callback{URI: s.CallbackURI, Protocol: "HTTPS"}, Configurations: []string{}}

	if s.SkipErrors {
		body.Configurations = append(body.Configurations, skipErrors)
	}

	headers := make(map[string]string, len(s.Headers))
	for name, value := range s.Headers {
		headers[name] = value.Reveal()
	}

	if len(headers) > 0 || isChange {
		body.Callback.Headers = &headers
	}

	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encoding the subscription: %w", err)
	}

	return encoded, nil
}

// secrets returns the parts of the request that may be secret: the callback's query, and the values of headers that may contain credentials.
// The service's errors may repeat these parts.
func (s SubscriptionSpec) secrets() []transport.Secret {
	var secrets []transport.Secret

	if _, query, _ := strings.Cut(s.CallbackURI, "?"); query != "" {
		secrets = append(secrets, transport.NewSecret(query))
	}

	for name, value := range s.Headers {
		if !strings.EqualFold(name, "Accept") && !strings.EqualFold(name, "Content-Type") {
			_, credentials, _ := strings.Cut(value.Reveal(), " ")
			secrets = append(secrets, value, transport.NewSecret(credentials))
		}
	}

	return secrets
}

// listed returns a new subscription as it is expected to appear in the list.
func (s SubscriptionSpec) listed(id string) Subscription {
	return Subscription{
		ID: id, Name: s.Name, KnowledgeModelID: s.KnowledgeModelID, TriggerID: s.TriggerID, CallbackURI: s.CallbackURI, SkipErrors: s.SkipErrors,
	}
}

// matches reports whether a listed subscription has the trigger, name and callback of s. It ignores values that the list omits.
func (s SubscriptionSpec) matches(subscription Subscription) bool {
	return transport.SameText(subscription.KnowledgeModelID, s.KnowledgeModelID) && transport.SameText(subscription.TriggerID, s.TriggerID) &&
		transport.SameText(subscription.Name, s.Name) && (subscription.CallbackURI == "" || IsSameURI(subscription.CallbackURI, s.CallbackURI))
}

// describe identifies the subscription to a user who must look for it.
func (s SubscriptionSpec) describe() string {
	return fmt.Sprintf("the subscription named %q to the trigger %s of %s with the callback %s", s.Name, s.TriggerID, s.KnowledgeModelID,
		WithoutQuery(s.CallbackURI))
}

// IsSameURI reports whether two URIs are equal, ignoring differences that a service may normalise: the case of the scheme and host, a default port,
// an empty path and the Unicode form.
func IsSameURI(uri, other string) bool { return normalisedURI(uri) == normalisedURI(other) }

func normalisedURI(address string) string {
	address = transport.NormalText(address)

	parsed, err := url.Parse(address)
	if err != nil {
		return address
	}

	parsed.Scheme, parsed.Host = strings.ToLower(parsed.Scheme), strings.TrimSuffix(strings.ToLower(parsed.Host), ":443")
	if parsed.Path == "" {
		parsed.Path = "/"
	}

	return parsed.String()
}

// WithoutQuery returns a URI without its query, for use in messages. The query may contain a token.
func WithoutQuery(address string) string {
	shown, _, _ := strings.Cut(address, "?")

	return shown
}
