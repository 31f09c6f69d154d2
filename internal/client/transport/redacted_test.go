package transport

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
)

// TestValuesOnTheStackPrintAsMasks covers all values in use while a request is sent. A panic may print any value on the stack, not only the values
// that the client stores.
func TestValuesOnTheStackPrintAsMasks(t *testing.T) {
	t.Parallel()

	const text = "hunter2-on-the-stack"

	secret, header := NewSecret(text), http.Header{"Authorization": {"Bearer " + text}}
	reply := Reply{Status: http.StatusOK, Header: header, Body: []byte(text), head: []byte(text)}
	credentials := Credentials{Mode: ModeRefreshToken, ClientID: "id", ClientSecret: secret, RefreshToken: secret, Key: secret}
	request := TokenRequest{Credentials: credentials}

	for _, value := range []any{
		message{header: header, body: []byte(text)},
		&message{header: header, body: []byte(text)}, reply, &reply,
		Request{Header: header, Body: []byte(text)},
		Exchange{Reply: reply},
		tokenResponse{tokenFields: tokenFields{AccessToken: text, RefreshToken: text}},
		credentials, request, request.key(),
		minted{token: Token{AccessToken: secret}},
		Token{AccessToken: secret},
		tokenSender{basic: &credentials},
		&oauthClient{refreshToken: secret}, newRedactor(secret),
		Options{Credentials: credentials},
		secret,
	} {
		for _, shown := range forms(value) {
			for _, form := range []string{text, hex.EncodeToString([]byte(text)), strings.Trim(fmt.Sprintf("%d", []byte(text)), "[]"), base64.StdEncoding.EncodeToString([]byte(text))[:16]} {
				if strings.Contains(strings.ToLower(shown), strings.ToLower(form)) {
					t.Errorf("%T shows the secret: %s", value, shown)
				}
			}
		}
	}
}

// forms returns a value in all forms in which a panic, a log or a message may show it.
func forms(value any) []string {
	var log bytes.Buffer

	slog.New(slog.NewTextHandler(&log, nil)).Info("text", "value", value)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("JSON", "value", value)

	encoded, _ := json.Marshal(value) //nolint:errchkjson // A value that cannot be encoded cannot be shown in JSON.

	texts := []string{log.String(), string(encoded)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
		texts = append(texts, fmt.Sprintf(verb, value))
	}

	return texts
}
