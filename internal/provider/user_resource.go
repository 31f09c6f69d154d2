package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

type userModel struct {
	ID                  types.String `tfsdk:"id"`
	UserName            types.String `tfsdk:"user_name"`
	DisplayName         types.String `tfsdk:"display_name"`
	ExternalID          types.String `tfsdk:"external_id"`
	Role                types.String `tfsdk:"role"`
	SendInvitationEmail types.Bool   `tfsdk:"send_invitation_email"`
}

// maxSCIMName is the maximum length of a display name in characters. Source: operation createUser of the SCIM API.
const maxSCIMName = 100

func newUserResource() resource.Resource {
	return &managedResource[userModel]{
		name: "user", noun: "user",
		identity: map[string]string{"id": "Id of the user."},
		find:     findUser,
		create:   createUser,
		read:     readUser,
		update:   updateUser,
		delete: func(ctx context.Context, do *operation[userModel]) error {
			return do.celonis.DeleteUser(ctx, do.model.ID.ValueString())
		},
		exists: func(model *userModel) bool { return isSet(model.ID) },
		schema: userSchema(),
	}
}

func userSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "A user in the team. Creating a user invites the person and uses a licence seat. Deleting a user removes the " +
			"person only from this team; the account and its membership in other teams remain. The provider never changes omitted attributes. To " +
			"refresh many users, the provider reads the list of all users. To refresh only a few, it reads each user individually." +
			scimAccess,
		Attributes: map[string]schema.Attribute{
			"id": idAttribute("Id of the user."),
			"user_name": schema.StringAttribute{
				MarkdownDescription: "E-mail address of the user, case-insensitive. Celonis cannot change a user's address, so changing this " +
					"forces a new resource.",
				Required: true, Validators: []validator.String{notEmpty()},
				PlanModifiers: []planmodifier.String{
					checkedWhenChanged(notBlank(), trimmed(), emailAddress()), sameWithoutCase(), stringplanmodifier.RequiresReplace(),
				},
			},
			"display_name": schema.StringAttribute{
				MarkdownDescription: "Name of the user, at most 100 characters. Defaults to the current name in Celonis.",
				Optional:            true, Computed: true,
				Validators: []validator.String{notEmpty()},
				PlanModifiers: []planmodifier.String{
					checkedWhenChanged(notBlank(), trimmed(), stringvalidator.UTF8LengthAtMost(maxSCIMName)), stringplanmodifier.UseStateForUnknown(),
				},
			},
			"external_id": externalIDAttribute("user"),
			"role": roleAttribute("user_name", "Role of the user in the team: `MEMBER`, `ANALYST` or `ADMIN`, case-insensitive. Groups may grant "+
				"a higher role. **Removing `role = \"ADMIN\"` from the configuration does not revoke the role: the user remains an "+
				"administrator.** To revoke the role, set `role = \"MEMBER\"`. Defaults to the current role in Celonis; new users become `MEMBER`."),
			"send_invitation_email": schema.BoolAttribute{
				MarkdownDescription: "Whether Celonis sends an e-mail to the person when the user is created. Changing this later has no effect. " +
					"By default, Celonis decides.",
				Optional: true,
			},
		},
	}
}

// externalIDAttribute returns the attribute for the identity provider's id of a user or a group. noun is "user" or "group".
func externalIDAttribute(noun string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "Id of the " + noun + " in your identity provider. Defaults to the current id in Celonis.",
		Optional:            true, Computed: true, Validators: []validator.String{notEmpty()},
		PlanModifiers: []planmodifier.String{checkedWhenChanged(notBlank(), trimmed()), stringplanmodifier.UseStateForUnknown()},
	}
}

// roleAttribute returns the attribute for the role of a user or a group. Messages refer to the object by its
// name, which is in the attribute called name.
func roleAttribute(name, description string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description, Optional: true, Computed: true, Validators: []validator.String{notEmpty()},
		PlanModifiers: []planmodifier.String{documentedRole{name}, sameWithoutCase(), stringplanmodifier.UseStateForUnknown()},
	}
}

// documentedRole rejects undocumented roles at plan time, because an apply may delete objects before it sends the role. documentedRole accepts any
// role that Celonis itself returned. This exception requires a plan modifier, because a validator does not see the state.
type documentedRole struct{ name string }

// Description implements [planmodifier.Describer].
func (documentedRole) Description(context.Context) string { return "must be MEMBER, ANALYST or ADMIN" }

// MarkdownDescription implements [planmodifier.Describer].
func (r documentedRole) MarkdownDescription(ctx context.Context) string { return r.Description(ctx) }

// PlanModifyString implements [planmodifier.String].
func (r documentedRole) PlanModifyString(ctx context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	role := req.ConfigValue.ValueString()
	isRole := func(accepted string) bool { return strings.EqualFold(accepted, role) }

	if !isSet(req.ConfigValue) || isRole(req.StateValue.ValueString()) || slices.ContainsFunc(scim.Roles(), isRole) {
		return
	}

	owner := ""

	var name types.String
	if problems := req.Config.GetAttribute(ctx, path.Root(r.name), &name); !problems.HasError() && isSet(name) {
		owner = fmt.Sprintf(" It is configured for %q.", name.ValueString())
	}

	resp.Diagnostics.AddAttributeError(req.Path, "Invalid role", fmt.Sprintf("%q is not a role in Celonis.%s Use one of %s (case-insensitive), or "+
		"remove the attribute to keep the current role.", role, owner, strings.Join(scim.Roles(), ", ")))
}

// findUser finds a user by e-mail address or by id.
func findUser(ctx context.Context, celonis *client.Client, text string) (map[string]string, error) {
	if !strings.Contains(text, "@") {
		return byID(ctx, celonis, text)
	}

	found, err := celonis.FindUser(ctx, text)

	return map[string]string{"id": found.ID}, err
}

func createUser(ctx context.Context, do *operation[userModel]) error {
	model := do.model
	model.ID = types.StringNull()

	created, err := do.celonis.CreateUser(ctx, scim.NewUser{
		UserName: model.UserName.ValueString(), DisplayName: model.DisplayName.ValueString(), ExternalID: model.ExternalID.ValueString(),
		Role: model.Role.ValueString(), SendInvitationEmail: model.SendInvitationEmail.ValueBoolPointer(),
	})
	model.fill(created)

	err = warnIfDuplicated(do, "user", err)
	if err == nil {
		warnOfHiddenRole(do, do.config.Role, created.Role)
	}

	return importedAs(model.UserName, "", blameSCIM(err))
}

func readUser(ctx context.Context, do *operation[userModel]) error {
	found, err := do.celonis.User(ctx, do.model.ID.ValueString())
	if err != nil {
		return goneIfNotFound(err)
	}

	do.model.compare(found)

	return nil
}

// compare updates the values that may have been changed outside Terraform. Values that Celonis does not return remain unchanged.
func (m *userModel) compare(found scim.User) {
	m.ID = types.StringValue(found.ID)
	m.UserName = shown(m.UserName, found.UserName)
	m.DisplayName = types.StringPointerValue(textOrNull(found.DisplayName))
	m.ExternalID = types.StringPointerValue(textOrNull(found.ExternalID))
	m.Role = shown(m.Role, found.Role)
}

func updateUser(ctx context.Context, do *operation[userModel]) error {
	model, prior := do.model, do.prior
	change := scim.UserChange{
		DisplayName: changed(model.DisplayName, prior.DisplayName), ExternalID: changed(model.ExternalID, prior.ExternalID),
		Role: changed(model.Role, prior.Role),
	}

	if change == (scim.UserChange{}) { // A change to send_invitation_email alone does not change the user.
		return nil
	}

	change.Role = configuredRole(do.config.Role)

	found, err := do.celonis.UpdateUser(ctx, model.ID.ValueString(), change)
	if err != nil {
		return blameRole(change, blameSCIM(err))
	}

	model.fill(found)

	if change.Role != nil {
		warnOfHiddenRole(do, do.config.Role, found.Role)
	}

	return nil
}

// blameRole explains why Celonis may still return the old role after the provider has changed it. The highest role takes effect, according to
// docs.celonis.com/en/creating-and-managing-groups.html. Celonis does not document whether SCIM returns the highest role or the user's own role.
func blameRole(change scim.UserChange, err error) error {
	failure, ok := errors.AsType[*transport.Error](err)
	if !ok || failure.Reason != transport.ReasonNotApplied || change.Role == nil {
		return err
	}

	return &attributeError{attribute: path.Empty(), err: err, advice: "If the role has not changed, a group may override it: the effective role is " +
		"the highest of the user's own role and the roles of the user's groups. Remove the user from that group, or omit `role`. Otherwise, " +
		"plan again: the new plan shows the changes that were not applied. If the same changes reappear in later plans, contact Celonis support."}
}

// fill replaces each value that is unknown in the plan with the value that Celonis returns.
func (m *userModel) fill(found scim.User) {
	m.ID = types.StringPointerValue(textOrNull(found.ID))
	m.DisplayName = plannedOr(m.DisplayName, found.DisplayName)
	m.ExternalID = plannedOr(m.ExternalID, found.ExternalID)
	m.Role = plannedOr(m.Role, found.Role)
}
