package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/mail"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// withoutCase is a plan modifier that plans no change if a value differs only in case.
type withoutCase struct{}

func sameWithoutCase() planmodifier.String { return withoutCase{} }

// Description implements [planmodifier.Describer].
func (withoutCase) Description(context.Context) string { return "is case-insensitive" }

// MarkdownDescription implements [planmodifier.Describer].
func (m withoutCase) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

// PlanModifyString implements [planmodifier.String].
func (withoutCase) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if isSet(req.StateValue) && isSet(req.PlanValue) && transport.SameTextFold(req.StateValue.ValueString(), req.PlanValue.ValueString()) {
		resp.PlanValue = req.StateValue
	}
}

// shown returns the service's value, or the state's spelling if only the case differs. A value that the service does not return remains unchanged.
func shown(prior types.String, found string) types.String {
	if found == "" || transport.SameTextFold(prior.ValueString(), found) {
		return prior
	}

	return types.StringValue(found)
}

// plannedOr returns the planned value, which an apply must not change, or the value that Celonis returned if the planned value is unknown. If
// another program has changed the value, the next plan shows the change.
func plannedOr(planned types.String, found string) types.String {
	if planned.IsUnknown() {
		return types.StringPointerValue(textOrNull(found))
	}

	return planned
}

// changed returns the planned value if it differs from the prior value, or else nil.
func changed(planned, prior types.String) *string {
	if !isSet(planned) || planned.Equal(prior) {
		return nil
	}

	return planned.ValueStringPointer()
}

// emailAddress rejects anything except a single e-mail address.
func emailAddress() validator.String {
	return stringCheck{description: "must be an e-mail address", problem: func(value string) string {
		parsed, err := mail.ParseAddress(value)
		if strings.TrimSpace(value) != "" && (err != nil || parsed.Address != value) {
			return "The value must be an e-mail address, such as ada@example.com."
		}

		return ""
	}}
}

// configuredRole returns the configured role. Every update must contain the role: the service replaces the whole object and may not return the
// role, so the provider cannot copy it from a response.
func configuredRole(configured types.String) *string {
	if !isSet(configured) {
		return nil
	}

	return configured.ValueStringPointer()
}

// warnOfHiddenRole warns that a configured role could not be verified.
func warnOfHiddenRole[M any](do *operation[M], configured types.String, found string) {
	if isSet(configured) && found == "" {
		do.warn(path.Root("role"), "Unable to verify the role", "Celonis accepted the role "+configured.ValueString()+", but its "+
			"responses contain no roles.\n\nWhat to do: check the role in Celonis, or with the `celonis_team_members` data source.")
	}
}

// importedAs adds the name of the existing object to an error, for use in an import block, because users know the name better than the id.
// importedAs also adds a note on what the import entails.
func importedAs(name types.String, note string, err error) error {
	failure, ok := errors.AsType[*transport.Error](err)
	if !ok || failure.Reason != transport.ReasonExists {
		return err
	}

	return &attributeError{attribute: path.Empty(), err: err, importID: name.ValueString(), importNote: note}
}

// goneIfNotFound converts a not-found error to a [goneError], which removes the object from the state.
func goneIfNotFound(err error) error {
	if transport.IsNotFound(err) {
		return &goneError{err}
	}

	return err
}

// groupNameHint returns a hint that an attribute contains the name of a group instead of its id, or "" if no group has this name.
func groupNameHint(ctx context.Context, celonis *client.Client, attribute, value string) string {
	found, err := celonis.FindGroup(ctx, value)
	if err != nil {
		return ""
	}

	return fmt.Sprintf("`%s` contains the name of a group. It must be the group's id, which is %s.", attribute, found.ID)
}

// addressHint returns a hint that an attribute contains an e-mail address instead of a user's id, or "" if it does not.
func addressHint(attribute, value string) string {
	if !strings.Contains(value, "@") {
		return ""
	}

	return fmt.Sprintf("`%s` contains an e-mail address. It must be the id of a user.", attribute)
}

// isRejectedUpdate reports whether Celonis rejected a change to an existing group. A 404 refers to a member, because the client has already
// read the group itself.
func isRejectedUpdate(failure *transport.Error) bool {
	return failure.Reason == transport.ReasonStatus && failure.Method == http.MethodPut &&
		(failure.Status == http.StatusBadRequest || failure.Status == http.StatusNotFound)
}

// blameSCIM attaches a rejection to the attribute that caused it, and adds advice for documented rejections. Source: operations createUser,
// createGroup and updateGroupWithPUT of the SCIM API.
func blameSCIM(err error) error {
	failure, ok := errors.AsType[*transport.Error](err)
	if !ok {
		return err
	}

	if isRejectedUpdate(failure) || failure.Reason == transport.ReasonStatus && failure.Status == http.StatusBadRequest {
		return &attributeError{attribute: path.Empty(), err: err, advice: "Fix the cause given in the response. If the response gives no cause, " +
			"check under Admin & Settings > License whether enough seats are free: a group's role applies to all of its members. Celonis also " +
			"rejects a request if a member does not exist, if a user would be in more than 50 groups, if a name is taken or longer than 100 " +
			"characters, and probably if the role is not MEMBER, ANALYST or ADMIN. If a member was deleted after Terraform last read it, plan again."}
	}

	if failure.Reason == transport.ReasonNotApplied && failure.Method == http.MethodPost {
		return &attributeError{attribute: path.Empty(), err: err, advice: "The object is in the state, marked as tainted, so the next " +
			"apply replaces it. To keep it, run `terraform untaint`. The next plan then shows the changes that still have to be made."}
	}

	return err
}
