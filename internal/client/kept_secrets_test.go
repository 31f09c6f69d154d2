package client_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"unsafe"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
)

// TestNothingThatAClientKeepsPrintsASecret walks over all values that a client holds after it has signed in and made calls, including unexported
// fields. If the type of a value belongs to this module, the test prints the value in three ways: with fmt, with encoding/json and in a panic. None
// of the printed forms may contain a token or one of the sign-in method's secrets.
func TestNothingThatAClientKeepsPrintsASecret(t *testing.T) {
	t.Parallel()

	methods := matrixMethods()

	for modeName, mode := range secretModes() {
		t.Run(modeName, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				team := teamFor(t, mode)
				network := &hiddenNetwork{&matrixNetwork{team: team}}
				celonis := clienttest.NewClient(t, network, func(o *client.Options) { o.Credentials, o.SCIMBasePath = mode.credentials, "/scim/v2" })

				for _, name := range []string{"KnowledgeModels", "CreateUser", "CreateSubscription", "AddGroupMember", "Permissions"} {
					// The call's result does not matter. Even a call that fails, such as one with a rejected key, leaves values in the client.
					_, _ = methods[name](t.Context(), celonis)
				}

				secrets := append(slices.Clone(mode.secrets), "of-the-callback-0123456789")
				secrets = append(secrets, network.tokens...)

				synctest.Wait() // Wait until the client's remaining goroutines are idle.

				kept := keptValues{secrets: spelledSecrets(secrets), seen: map[uintptr]bool{}}
				kept.walk(t, reflect.ValueOf(celonis), "client")

				if kept.count < 30 {
					t.Errorf("only %d values were found", kept.count)
				}
			})
		})
	}
}

// hiddenNetwork hides the test's network behind a pointer, which fmt does not follow. The network's records belong to the test, not to the
// client.
type hiddenNetwork struct{ *matrixNetwork }

// teamFor returns the fault matrix's team, with the OAuth client that the sign-in method needs.
func teamFor(t *testing.T, mode secretMode) *simulator.Simulator {
	t.Helper()

	options := matrixTeam()

	if mode.credentials.ClientID != "" {
		known := oauth.DefaultClient()
		known.ID, known.Secret, known.AuthMethods = mode.credentials.ClientID, mode.credentials.ClientSecret.Reveal(), nil
		known.RefreshTokens = []string{mode.credentials.RefreshToken.Reveal()}
		options.OAuth.Clients = []oauth.Client{known}
	}

	team, err := simulator.New(options)
	if err != nil {
		t.Fatal(err)
	}

	return team
}

// spelledSecrets returns each secret in the forms in which fmt and encoding/json write strings and bytes. All forms are in lower case.
func spelledSecrets(secrets []string) []string {
	var spelled []string

	for _, secret := range secrets {
		if len(secret) < 12 {
			continue
		}

		spelled = append(spelled, secret, fmt.Sprintf("%x", secret), strings.Trim(fmt.Sprintf("%d", []byte(secret)), "[]"),
			base64.StdEncoding.EncodeToString([]byte(secret))[:16], url.QueryEscape(secret))
	}

	for index, text := range spelled {
		spelled[index] = strings.ToLower(text)
	}

	return spelled
}

// keptValues walks over values and checks whether any of them prints a secret.
type keptValues struct {
	secrets []string
	seen    map[uintptr]bool
	count   int
}

func (k *keptValues) walk(t *testing.T, value reflect.Value, at string) {
	t.Helper()

	if !value.IsValid() || len(at) > 1000 {
		return
	}

	isOurs := strings.HasPrefix(value.Type().PkgPath(), "github.com/celonis-community/")
	if value.Type().PkgPath() != "" && !isOurs {
		return // This module cannot control how types from other modules print their contents.
	}

	if isOurs && value.CanInterface() {
		k.count++
		k.check(t, value, at)
	}

	switch value.Kind() {
	case reflect.Pointer:
		if !value.IsNil() && !k.seen[value.Pointer()] {
			k.seen[value.Pointer()] = true
			k.walk(t, value.Elem(), at)
		}
	case reflect.Interface:
		k.walk(t, value.Elem(), at)
	case reflect.Struct:
		for index := range value.NumField() {
			k.walk(t, accessible(value.Field(index)), at+"."+value.Type().Field(index).Name)
		}
	case reflect.Slice, reflect.Array:
		for index := range value.Len() {
			k.walk(t, value.Index(index), at+"[]")
		}
	case reflect.Map:
		for entry := value.MapRange(); entry.Next(); {
			k.walk(t, copied(entry.Key()), at+"[key]")
			k.walk(t, copied(entry.Value()), at+"[value]")
		}
	default:
	}
}

// accessible returns an unexported field as if it were exported.
func accessible(field reflect.Value) reflect.Value {
	if !field.CanAddr() {
		return field
	}

	return reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem() //nolint:gosec // The pointer has the type of the field.
}

// copied returns an addressable copy of a value.
func copied(value reflect.Value) reflect.Value {
	made := reflect.New(value.Type()).Elem()
	made.Set(value)

	return made
}

func (k *keptValues) check(t *testing.T, value reflect.Value, at string) {
	t.Helper()

	printed := []any{value.Interface()}
	if value.CanAddr() {
		printed = append(printed, value.Addr().Interface())
	}

	for _, one := range printed {
		encoded, _ := json.Marshal(one) //nolint:errchkjson // A value that cannot be encoded cannot reveal a secret.

		for _, shown := range []string{string(encoded), fmt.Sprintf("%v %+v %#v", one, one, one), fmt.Sprintf("%s %q %x %d", one, one, one, one), panicText(one)} {
			for _, secret := range k.secrets {
				if strings.Contains(strings.ToLower(shown), secret) {
					t.Errorf("%s (%s) shows %s in %.2000s", at, value.Type(), secret, shown)

					return
				}
			}
		}
	}
}
