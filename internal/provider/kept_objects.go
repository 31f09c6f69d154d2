package provider

import (
	"context"
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// plannedObjects are the objects that resources of one plan keep as they are, and those that resources of the plan destroy. An apply
// does not show a provider the resources that do not change, so it could not tell that one of them still has the object.
// The zero value is ready to use.
type plannedObjects struct {
	mu              sync.Mutex
	kept, destroyed map[objectKey]bool
}

// objectKey identifies an object, by what messages call it and its id.
type objectKey struct{ noun, id string }

// keep notes objects that are kept, and returns the first of them that another resource destroys.
func (p *plannedObjects) keep(keys []objectKey) (conflict objectKey, isConflict bool) {
	p.mu.Lock()
	defer p.mu.Unlock()

	if p.kept == nil {
		p.kept = make(map[objectKey]bool)
	}

	for _, key := range keys {
		p.kept[key] = true

		if p.destroyed[key] && !isConflict {
			conflict, isConflict = key, true
		}
	}

	return conflict, isConflict
}

// destroy notes an object that is destroyed, and reports whether another resource keeps it.
func (p *plannedObjects) destroy(key objectKey) bool {
	p.mu.Lock()
	defer p.mu.Unlock()

	if p.destroyed == nil {
		p.destroyed = make(map[objectKey]bool)
	}

	p.destroyed[key] = true

	return p.kept[key]
}

// membershipKey identifies the membership of a user in a group.
func membershipKey(groupID, userID string) objectKey {
	return objectKey{"membership", groupID + "/" + userID}
}

// checkKept reports an error if the plan destroys an object that another resource keeps.
func (r *managedResource[M]) checkKept(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.State.Raw.IsNull() || len(resp.RequiresReplace) > 0 {
		return
	}

	conflict := r.keyOf(ctx, req.State)

	var isConflict bool

	if req.Plan.Raw.IsNull() {
		isConflict = r.connection.planned.destroy(conflict)
	} else {
		keys := []objectKey{conflict}

		if r.keeps != nil {
			var config, model, prior M

			resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
			resp.Diagnostics.Append(req.Plan.Get(ctx, &model)...)
			resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)

			keys = append(keys, r.keeps(&config, &model, &prior)...)
		}

		conflict, isConflict = r.connection.planned.keep(keys)
	}

	if isConflict {
		resp.Diagnostics.AddError("One resource destroys what another one keeps", r.connection.show(fmt.Sprintf("One resource in this plan "+
			"destroys the %[1]s %[2]s, and another resource still has it.\n\nWhat to do: if the resource has a new address, add a `moved` block. "+
			"Otherwise, make Terraform forget the resource instead of destroying it: use a `removed` block with `destroy = false`, or "+
			"`terraform state rm`. If Terraform calls the %[1]s deposed, remove its resource from the state, and import it again.",
			conflict.noun, conflict.id)))
	}
}

// keyOf returns the key of the object in a state.
func (r *managedResource[M]) keyOf(ctx context.Context, state tfsdk.State) objectKey {
	var id types.String

	_ = state.GetAttribute(ctx, path.Root("id"), &id) // Every resource has one, which holds its whole identity.

	return objectKey{r.noun, id.ValueString()}
}
