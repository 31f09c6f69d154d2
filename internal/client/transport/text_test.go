package transport_test

import (
	"net/http"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	clientscim "github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

func TestTextsAreEqualInAnyUnicodeForm(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		a, b         string
		same, folded bool
	}{
		{"Müller", "Mu\u0308ller", true, true},
		{"MÜLLER", "mu\u0308ller", false, true},
		{"J\u030c", "\u01f0", false, true}, // This letter has no single-character upper-case form.
		{"Tiê\u0301n", "Tie\u0302\u0301n", true, true},
		{"\u1100\u1161", "\uac00", true, true}, // Korean syllables.
		{"Å", "\u212b", true, true},            // U+212B is the ångström sign.
		{"Muller", "Müller", false, false},
		{"a\u0301", "a", false, false},
		{"ﬁ", "fi", false, false}, // NFC does not split ligatures.
		{"", "", true, true},
	} {
		if got := transport.SameText(test.a, test.b); got != test.same {
			t.Errorf("SameText(%+q, %+q) = %t", test.a, test.b, got)
		}

		if got := transport.SameTextFold(test.a, test.b); got != test.folded {
			t.Errorf("SameTextFold(%+q, %+q) = %t", test.a, test.b, got)
		}
	}
}

// decomposed makes a team return all text in NFD.
func decomposed(options simulator.Options) simulator.Options {
	options.Server.DecomposedText = true

	return options
}

func TestLookupsFindDecomposedNames(t *testing.T) {
	t.Parallel()

	const name = "Aufträge – Größe é"

	options := decomposed(simulator.Options{
		Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{{
			PackageKey: "p", Key: "k", Name: name, Content: &intelligence.Content{
				Records:  []intelligence.Record{{ID: "R", Name: "R", Fields: []intelligence.Field{{ID: "F", Name: "F", Type: "string"}}}},
				Triggers: []intelligence.Trigger{{ID: "t", Name: name, RecordID: "R"}},
			},
		}}},
		Subscriptions: intelligence.SubscriptionOptions{Existing: []intelligence.Subscription{
			{ID: "s", Name: name, KnowledgeModelID: "p.k", TriggerID: "t", CallbackURI: "https://example.com/"},
		}},
		SCIM: scim.Options{
			Users:  []scim.User{{ID: "u", UserName: "Jörg@example.com"}},
			Groups: []scim.Group{{ID: "g", DisplayName: name}},
		},
	})
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		for what, find := range map[string]func(name string) (string, error){
			"Knowledge Model": func(name string) (string, error) {
				found, err := celonis.KnowledgeModelByName(t.Context(), name)

				return found.ID, err
			},
			"trigger": func(name string) (string, error) {
				found, err := celonis.Trigger(t.Context(), "p.k", "", name)

				return found.ID, err
			},
			"subscription": func(name string) (string, error) {
				found, err := celonis.SubscriptionByName(t.Context(), name)

				return found.ID, err
			},
			"group": func(name string) (string, error) {
				found, err := celonis.FindGroup(t.Context(), name)

				return found.ID, err
			},
		} {
			for _, spelling := range []string{name, norm.NFD.String(name)} {
				if id, err := find(spelling); err != nil || id == "" {
					t.Errorf("%s %+q: id = %q, error = %v", what, spelling, id, err)
				}
			}
		}

		for _, spelling := range []string{"jörg@example.com", norm.NFD.String("JÖRG@example.com")} {
			if user, err := celonis.FindUser(t.Context(), spelling); err != nil || user.ID != "u" {
				t.Errorf("user %+q: %+v, error = %v", spelling, user, err)
			}
		}
	})
}

func TestNamesThatDifferOnlyInUnicodeFormAreAmbiguous(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: clienttest.Models("Größe", norm.NFD.String("Größe"))}}, func(t *testing.T, env clienttest.Env) {
		_, err := env.Client().KnowledgeModelByName(t.Context(), "Größe")
		clienttest.WantError(t, err, transport.ReasonAmbiguous, "package.model-a, package.model-b")
	})
}

func TestDecomposedResponseCountsAsApplied(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, decomposed(simulator.Options{}), func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		user, err := celonis.CreateUser(t.Context(), clientscim.NewUser{
			UserName: "jörg@example.com", DisplayName: "Jörg Größe", ExternalID: "jörg-é",
		})
		if err != nil {
			t.Fatal(err)
		}

		name, again := "Jörg Grüße", "Jörg Grüße"
		if _, err := celonis.UpdateUser(t.Context(), user.ID, clientscim.UserChange{DisplayName: &name}); err != nil {
			t.Error(err)
		}

		puts := env.Team.Count(http.MethodPut, "/scim/v2/Users/"+user.ID)

		if _, err := celonis.UpdateUser(t.Context(), user.ID, clientscim.UserChange{DisplayName: &again}); err != nil {
			t.Error(err)
		}

		env.WantCount(puts, http.MethodPut, "/scim/v2/Users/"+user.ID)

		if _, err := celonis.CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "Größe"}); err != nil {
			t.Error(err)
		}

		_, err = celonis.CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "Größe"})
		clienttest.WantError(t, err, transport.ReasonExists)
	})
}
