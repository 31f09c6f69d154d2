package contract

import (
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

func TestSubscriptionClientConformsToTheFile(t *testing.T) {
	t.Parallel()

	existing := make([]intelligence.Subscription, 0, 60)
	for range cap(existing) {
		existing = append(existing, hooked("", ""))
	}

	options := simulator.Options{
		Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{shop()}}, Subscriptions: intelligence.SubscriptionOptions{Existing: existing},
	}

	inBubble(t, options, func(w world) {
		c, ctx := w.client(), w.T.Context()
		spec := client.SubscriptionSpec{
			KnowledgeModelID: shop().ID(), TriggerID: "t-1", Name: "Orders", CallbackURI: "https://hooks.example.com/orders",
		}

		id, err := c.CreateSubscription(ctx, spec)
		w.want(err, id != "")

		spec.Headers = map[string]transport.Secret{"Authorization": transport.NewSecret("Bearer x"), "Accept": transport.NewSecret("*/*")}
		spec.SkipErrors, spec.Name = true, "Orders, renamed"
		w.want(c.UpdateSubscription(ctx, id, spec), true)

		changed, err := c.ChangedSubscription(ctx, id, func(subscription client.Subscription) bool { return subscription.Name == spec.Name })
		w.want(err, changed.SkipErrors && changed.OwnerName != "" && changed.CreatedAt != "")

		status, err := c.PauseSubscription(ctx, id)
		w.want(err, status == client.SubscriptionPaused)

		status, err = c.ResumeSubscription(ctx, id)
		w.want(err, status == client.SubscriptionActive)

		all, err := c.Subscriptions(ctx)
		w.want(err, len(all) == 61)

		w.want(w.client().DeleteSubscription(ctx, id), true) // Use a new client, as a later run would.

		for _, operation := range []string{
			"createSubscription 201", "getSubscriptions 200", "updateSubscription 200", "pauseSubscription 204", "resumeSubscription 204",
			"unsubscribe 204",
		} {
			if w.checker.seen[operation] == 0 {
				w.T.Errorf("no call returned %s", operation)
			}
		}
	})
}

// TestClientReadsTheSubscriptionExample checks that the client can read the vendor's example of a list of subscriptions.
func TestClientReadsTheSubscriptionExample(t *testing.T) {
	t.Parallel()

	stub := exampleStub{files: files(t)}

	example, ok := stub.example("getSubscriptions")
	if !ok {
		t.Fatal("the files do not contain an example of this operation")
	}

	got, err := clienttest.NewClient(t, stub, withUserKey, withoutRetries).Subscriptions(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	item := example.item()
	callback, _ := item["callbackInfo"].(map[string]any)
	want := client.Subscription{
		ID: item.text("id"), Name: item.text("name"), Status: client.SubscriptionStatus(item.text("status")),
		KnowledgeModelID: item.text("knowledgeModelId"), TriggerID: item.text("triggerId"), CallbackURI: object(callback).text("uri"),
		OwnerName: item.text("ownerName"), CreatedAt: item.text("creationDate"),
		LastDeliveredAt: item.text("latestSucceedEvent"),
	}

	if len(got) != 1 || got[0] != want {
		t.Errorf("Subscriptions() = %+v\nwant %+v\nfrom %v", got, want, example)
	}
}
