package provider

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// TestModelsWithSecretsPrintAsMasks sets every attribute that the schema marks as sensitive, and prints the models, as a panic might. The
// framework's own types do not mask their values.
func TestModelsWithSecretsPrintAsMasks(t *testing.T) {
	t.Parallel()

	const secret = "hunter2-of-a-model"

	callback := subscriptionCallback{}
	subscription := subscriptionModel{Callback: &callback}
	models := map[string]any{
		"celonis": &providerModel{}, "celonis_oauth_token": &oauthTokenModel{}, "celonis_subscription": &subscription, "celonis_subscription.callback": &callback,
	}

	for _, one := range everyAttribute(t) {
		if !one.Sensitive {
			continue
		}

		at := one.path[:strings.LastIndex(one.path, ".")]

		model, isKnown := models[at]
		if !isKnown {
			t.Errorf("no model for %s", one.path)

			continue
		}

		fields := reflect.ValueOf(model).Elem()
		for index := range fields.NumField() {
			if fields.Type().Field(index).Tag.Get("tfsdk") != one.Name {
				continue
			}

			switch field := fields.Field(index).Addr().Interface().(type) {
			case *types.String:
				*field = types.StringValue(secret)
			case *types.Map:
				*field = types.MapValueMust(types.StringType, map[string]attr.Value{"Authorization": types.StringValue(secret)})
			default:
				t.Errorf("%s has the type %T", one.path, field)
			}
		}
	}

	environ := environment{"CELONIS_CLIENT_ID": "id", "CELONIS_CLIENT_SECRET": secret}
	read := &settings{env: environ.lookup}
	values := read.signInValues(emptyModel())

	all := map[string]any{
		"values": values, "ways": values.ways(isInEnvironment), "setting": values.clientSecret, "settings": values.all(), "sign-in": read.signIn(emptyModel()),
		"operation": operation[subscriptionModel]{model: &subscription, prior: &subscription, config: &subscription},
	}
	for name, model := range models {
		all[name], all["the value of "+name] = model, reflect.ValueOf(model).Elem().Interface()
	}

	for name, value := range all {
		encoded, _ := json.Marshal(value) //nolint:errchkjson // A value that cannot be encoded cannot reveal a secret.
		if shown := fmt.Sprintf("%v %+v %#v %s %q %x %d", value, value, value, value, value, value, value) + string(encoded); strings.Contains(shown, secret) ||
			strings.Contains(shown, fmt.Sprintf("%x", secret)) {
			t.Errorf("%s shows the secret in %s", name, shown)
		}
	}
}
