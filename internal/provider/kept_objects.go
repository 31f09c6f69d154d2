package provider

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// plannedObjects records which objects the resources of a plan keep and which they destroy. A conflict arises if one resource keeps an object that
// another destroys. The provider must detect conflicts during the plan, because it does not see unchanged resources during an apply. The zero value
// is ready to use.
type plannedObjects struct {
	mu              sync.Mutex
	kept, destroyed map[objectKey]bool
}

// objectKey identifies an object by its id and its kind, such as "user".
type objectKey struct{ noun, id string }

// keep registers the objects that a resource keeps, and returns the first of these objects that another resource destroys.
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

// destroy registers an object that a resource destroys, and reports whether another resource keeps the object.
func (p *plannedObjects) destroy(key objectKey) bool {
	p.mu.Lock()
	defer p.mu.Unlock()

	if p.destroyed == nil {
		p.destroyed = make(map[objectKey]bool)
	}

	p.destroyed[key] = true

	return p.kept[key]
}

func membershipKey(groupID, userID string) objectKey {
	return objectKey{"membership", groupID + "/" + userID}
}

// checkKept reports an error if the plan destroys an object or a membership that another resource keeps.
func (r *managedResource[M]) checkKept(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.State.Raw.IsNull() || len(resp.RequiresReplace) > 0 {
		return
	}

	var kept, destroyed []objectKey

	if req.Plan.Raw.IsNull() {
		destroyed = []objectKey{r.keyOf(ctx, req.State)}
	} else {
		kept = []objectKey{r.keyOf(ctx, req.State)}
	}

	if r.memberships != nil {
		var (
			prior   M
			planned groupMemberships
		)

		resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)

		if !req.Plan.Raw.IsNull() {
			planned = r.plannedMemberships(ctx, req, resp)
		}

		before := r.memberships(r.connection.client, nil, &prior)
		lost := before.without(planned)

		// A replaced celonis_group_member does not keep its membership.
		kept = slices.DeleteFunc(kept, func(key objectKey) bool { return slices.Contains(lost, key) })

		if len(lost) == 0 && len(planned.without(before)) == 0 {
			kept = append(kept, planned.keys()...) // If the memberships change, the update itself ensures that they exist.
		}

		if !before.isComplete && (req.Plan.Raw.IsNull() || planned.isByName() == before.isByName()) {
			destroyed = append(destroyed, lost...)
		}
	}

	conflict, isConflict := r.connection.planned.keep(kept)

	for _, key := range destroyed {
		if r.connection.planned.destroy(key) && !isConflict {
			conflict, isConflict = key, true
		}
	}

	if isConflict {
		resp.Diagnostics.AddError("One resource destroys an object that another resource keeps", r.connection.show(fmt.Sprintf("One resource in "+
			"this plan destroys the %[1]s %[2]s, which another resource still manages.\n\nWhat to do: if the resource has a new address, add a "+
			"`moved` block. Otherwise, make Terraform forget the resource instead of destroying it: use a `removed` block with `destroy = false`, "+
			"or `terraform state rm`. If the plan shows the %[1]s as deposed, remove the resource from the state, and import the %[1]s again.",
			conflict.noun, conflict.id)))
	}
}

// plannedMemberships returns the memberships that a resource manages after the apply.
func (r *managedResource[M]) plannedMemberships(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) groupMemberships {
	var config, model M

	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &model)...)

	return r.memberships(r.connection.client, &config, &model)
}

// keyOf returns the key of the object in a state.
func (r *managedResource[M]) keyOf(ctx context.Context, state tfsdk.State) objectKey {
	var id types.String

	_ = state.GetAttribute(ctx, path.Root("id"), &id) // The id of every resource contains its whole identity.

	return objectKey{r.noun, id.ValueString()}
}
