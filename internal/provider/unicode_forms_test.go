package provider

import (
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/team"
)

func TestAccDecomposedTextsMatchTheConfiguration(t *testing.T) {
	t.Parallel()

	options := simulator.Options{
		Server: server.Options{DecomposedText: true},
		Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{
			{PackageKey: "p", Key: "a", Name: "Größe – Überblick"}, {PackageKey: "p", Key: "b", Name: "Other"},
		}},
		Reports: team.Options{
			Grants: []team.Grant{
				{SubjectName: "Jörg", SubjectType: "USER", Service: "größe", ObjectType: "É", ObjectID: "ö-1", Actions: []string{"ÄNDERN"}},
				{SubjectName: "Ada", SubjectType: "USER"},
			},
			Logins: []team.LoginEvent{{Type: "LOGIN", Email: "jörg@example.com", Success: true, Time: on("2026-01-05T09:00:00Z")}},
		},
		SCIM: scim.Options{
			Users:  []scim.User{{ID: "u", UserName: "jörg@example.com"}},
			Groups: []scim.Group{{ID: "g", DisplayName: "Größe"}},
		},
	}
	_, env := startTeam(t, options)

	acceptance(t, env, step{
		config: `
		data "celonis_knowledge_models" "matched" { name_regex = "(?i)^GRÖSSE|^GRÖßE – Ü" }
		data "celonis_knowledge_model" "named" { name = "Größe – Überblick" }
		data "celonis_permissions" "all" {
		  subject_name = "Jörg"
		  subject_type = "user"
		  service      = "GRÖßE"
		  object_type  = "é"
		  object_id    = "ö-1"
		  action       = "ändern"
		}
		data "celonis_login_events" "of_user" {
		  from  = "2026-01-05T00:00:00Z"
		  to    = "2026-01-06T00:00:00Z"
		  email = "JÖRG@example.com"
		}
		data "celonis_user" "named" { user_name = "JÖRG@example.com" }
		data "celonis_group" "named" { display_name = "Größe" }
		output "found" {
		  value = {
		    models      = join(" ", data.celonis_knowledge_models.matched.ids)
		    model       = data.celonis_knowledge_model.named.id
		    permissions = join(" ", data.celonis_permissions.all.permissions[*].subject_name)
		    logins      = join(" ", data.celonis_login_events.of_user.events[*].email)
		    user        = data.celonis_user.named.id
		    group       = data.celonis_group.named.id
		  }
		}`,
		state: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("found", knownvalue.ObjectExact(map[string]knownvalue.Check{
			"models": knownvalue.StringExact("p.a"), "model": knownvalue.StringExact("p.a"), "permissions": knownvalue.StringExact("Jörg"),
			"logins": knownvalue.StringExact("jörg@example.com"), "user": knownvalue.StringExact("u"),
			"group": knownvalue.StringExact("g"),
		}))},
	})
}

// TestAccDecomposedTextsCauseNoChange covers a service that returns decomposed text. The acceptance function checks that the plan is
// empty after each apply.
func TestAccDecomposedTextsCauseNoChange(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{Server: server.Options{DecomposedText: true}, Intelligence: intelligence.Options{Models: modelsForTests()}})

	config := func(name string) string {
		return `
		resource "celonis_user" "this" {
		  user_name    = "jörg@example.com"
		  display_name = "` + name + `"
		  external_id  = "é"
		}
		resource "celonis_group" "this" {
		  display_name = "` + name + `"
		  member_ids   = [celonis_user.this.id]
		}
		resource "celonis_subscription" "this" {
		  knowledge_model_id = "order-to-cash.otc-km"
		  trigger_id         = "trigger-1"
		  name               = "` + name + `"
		  callback           = { uri = "https://example.com/größe" }
		}`
	}

	acceptance(t, env,
		step{config: config("Größe")},
		step{config: config("Grüße"), imports: func() map[string]string {
			return map[string]string{"celonis_user.this": "JÖRG@example.com", "celonis_group.this": "Grüße"}
		}},
	)

	for path, most := range map[string]int{"/scim/v2/Users/*": 1, "/scim/v2/Groups/*": 1, subscriptionsPath + "/*": 1} {
		if got := team.Count(http.MethodPut, path); got != most {
			t.Errorf("got %d PUTs of %s, want %d", got, path, most)
		}
	}
}
