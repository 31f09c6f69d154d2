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

// withoutCase is a plan modifier that plans no change where a value differs in nothing but case.
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

// shown returns what the service shows, as it is written in the state where only the case differs. What the service does not
// show stays as it was.
func shown(prior types.String, found string) types.String {
	if found == "" || transport.SameTextFold(prior.ValueString(), found) {
		return prior
	}

	return types.StringValue(found)
}

// plannedOr returns a planned value as it is written there, which an apply has to keep to, and what was found where the plan leaves
// it open. What somebody else changed since the plan is for the next one.
func plannedOr(planned types.String, found string) types.String {
	if planned.IsUnknown() {
		return types.StringPointerValue(textOrNull(found))
	}

	return planned
}

// changed returns a planned value that is not what it was, nil where there is nothing to change.
func changed(planned, prior types.String) *string {
	if !isSet(planned) || planned.Equal(prior) {
		return nil
	}

	return planned.ValueStringPointer()
}

// emailAddress refuses what is no e-mail address by itself.
func emailAddress() validator.String {
	return stringCheck{description: "must be an e-mail address", problem: func(value string) string {
		parsed, err := mail.ParseAddress(value)
		if strings.TrimSpace(value) != "" && (err != nil || parsed.Address != value) {
			return "It must be an e-mail address, such as ada@example.com."
		}

		return ""
	}}
}

// configuredRole returns the configured role for a change of anything: the service replaces the whole object and may not show the
// role, so that one which is not sent could be lost.
func configuredRole(configured types.String) *string {
	if !isSet(configured) {
		return nil
	}

	return configured.ValueStringPointer()
}

// warnOfHiddenRole says that a configured role could not be compared with what became of it.
func warnOfHiddenRole[M any](do *operation[M], configured types.String, found string) {
	if isSet(configured) && found == "" {
		do.warn(path.Root("role"), "The role could not be checked", "Celonis took the role "+configured.ValueString()+", and does not show "+
			"what became of it.\n\nWhat to do: look at the role in Celonis, or with the data source celonis_team_members.")
	}
}

// importedAs adds the name by which an object that exists can be imported, which users know better than its id, and what the import
// entails.
func importedAs(name types.String, note string, err error) error {
	failure, ok := errors.AsType[*transport.Error](err)
	if !ok || failure.Reason != transport.ReasonExists {
		return err
	}

	return &attributeError{attribute: path.Empty(), err: err, importID: name.ValueString(), importNote: note}
}

// goneIfNotFound turns the service's word that an object does not exist into what removes it from the state.
func goneIfNotFound(err error) error {
	if transport.IsNotFound(err) {
		return &goneError{err}
	}

	return err
}

// groupNameHint states that an attribute contains the name of a group in the place of its id. It is empty if no group has the name.
func groupNameHint(ctx context.Context, celonis *client.Client, attribute, value string) string {
	found, err := celonis.FindGroup(ctx, value)
	if err != nil {
		return ""
	}

	return fmt.Sprintf("`%s` contains the name of a group. It must be the group's id, which is %s.", attribute, found.ID)
}

// addressHint states that an attribute contains an e-mail address in the place of a user's id. It is empty if it does not.
func addressHint(attribute, value string) string {
	if !strings.Contains(value, "@") {
		return ""
	}

	return fmt.Sprintf("`%s` contains an e-mail address. It must be the id of a user.", attribute)
}

// isRejectedUpdate reports whether Celonis rejected a change of a group that exists. A 404 is about a member then, because the client
// has read the group itself.
func isRejectedUpdate(failure *transport.Error) bool {
	return failure.Reason == transport.ReasonStatus && failure.Method == http.MethodPut &&
		(failure.Status == http.StatusBadRequest || failure.Status == http.StatusNotFound)
}

// blameSCIM points a refusal at the attribute that it is about, and says what to do about the refusals that are documented.
// Source: operations createUser, createGroup and updateGroupWithPUT of the SCIM API.
func blameSCIM(err error) error {
	failure, ok := errors.AsType[*transport.Error](err)
	if !ok {
		return err
	}

	if isRejectedUpdate(failure) || failure.Reason == transport.ReasonStatus && failure.Status == http.StatusBadRequest {
		return &attributeError{attribute: path.Empty(), err: err, advice: "Celonis refuses users and groups when the licence has no seat " +
			"left for the role (a role of a group counts for all of its members), when a member does not exist (if the user was deleted " +
			"after Terraform last read it, plan again), when a user would be in more than 50 groups, and when a name is taken or has more " +
			"than 100 characters; probably also when a role is none of MEMBER, ANALYST and ADMIN. Check these; seats are shown in " +
			"Celonis under Admin & Settings > License."}
	}

	if failure.Reason == transport.ReasonNotApplied && failure.Method == http.MethodPost {
		return &attributeError{attribute: path.Empty(), err: err, advice: "It is in the state, tainted, so that the next plan replaces it. To " +
			"keep it as it is, untaint it; the plan after that shows what is missing."}
	}

	return err
}
