package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// groupMemberships contains the memberships that one resource manages in one group.
type groupMemberships struct {
	// source identifies the resource in messages by its type, or by one of its attributes.
	source  string
	groupID string
	members []member
	// isComplete is true if the resource removes all other members.
	isComplete bool
}

// member is a user in a group. An id or a user name that is not yet known is an empty string.
type member struct{ id, userName string }

// membersByID returns members that are identified by id.
func membersByID(ids []string) []member {
	return convertAll(ids, func(id string) member { return member{id: id} })
}

// membersByName returns members that are identified by user name, and fills in the ids that are already cached, without sending a request.
func membersByName(celonis *client.Client, names []string) []member {
	var ids map[string]string
	if celonis != nil {
		ids = celonis.KnownUserIDs(names)
	}

	return convertAll(names, func(name string) member { return member{id: ids[name], userName: name} })
}

// shown returns the text that identifies the user in messages.
func (m member) shown() string {
	if m.userName != "" {
		return m.userName
	}

	return m.id
}

// keys returns a key for the user name and a key for the user id, leaving out whichever is unknown.
func (m member) keys(groupID string) []objectKey {
	var keys []objectKey

	if m.userName != "" {
		keys = append(keys, membershipKey(groupID, transport.FoldText(m.userName)))
	}

	if m.id != "" {
		keys = append(keys, membershipKey(groupID, m.id))
	}

	return keys
}

func (m groupMemberships) keys() []objectKey {
	var keys []objectKey
	for _, member := range m.members {
		keys = append(keys, member.keys(m.groupID)...)
	}

	return keys
}

// isByName reports whether the users are identified by user name.
func (m groupMemberships) isByName() bool {
	return len(m.members) > 0 && m.members[0].userName != ""
}

// without returns the keys of the memberships in m that are not in others.
func (m groupMemberships) without(others groupMemberships) []objectKey {
	kept := make(map[objectKey]bool)
	for _, key := range others.keys() {
		kept[key] = true
	}

	var keys []objectKey

	for _, member := range m.members {
		own := member.keys(m.groupID)
		if !slices.ContainsFunc(own, func(key objectKey) bool { return kept[key] }) {
			keys = append(keys, own...)
		}
	}

	return keys
}

// overlaps finds memberships that more than one resource of a plan manages. The zero value is ready to use.
type overlaps struct {
	mu sync.Mutex
	// sources maps each individual membership to its source.
	sources map[objectKey]string
	// complete maps the id of a group to the source that manages all its members.
	complete map[string]string
	// members contains the individually managed members of each group.
	members map[string][]sourcedMember
}

type sourcedMember struct {
	member

	source string
}

// overlap is a membership that two resources manage.
type overlap struct {
	member

	source, other string
}

// add registers the memberships of one resource, and returns those that another resource also manages. A source that manages all members of a
// group overlaps with every other membership of the group.
func (o *overlaps) add(added groupMemberships) (found []overlap) {
	if added.groupID == "" {
		return nil
	}

	o.mu.Lock()
	defer o.mu.Unlock()

	if o.sources == nil {
		o.sources, o.complete, o.members = make(map[objectKey]string), make(map[string]string), make(map[string][]sourcedMember)
	}

	if added.isComplete {
		for _, other := range o.members[added.groupID] {
			found = append(found, overlap{other.member, added.source, other.source})
		}

		o.complete[added.groupID] = added.source

		return found
	}

	for _, member := range added.members {
		other := o.complete[added.groupID]
		for _, key := range member.keys(added.groupID) {
			if source := o.sources[key]; source != "" {
				other = source
			}
		}

		if other != "" {
			found = append(found, overlap{member, added.source, other})
		}
	}

	for _, member := range added.members {
		for _, key := range member.keys(added.groupID) {
			o.sources[key] = added.source
		}

		o.members[added.groupID] = append(o.members[added.groupID], sourcedMember{member, added.source})
	}

	return found
}

// warnOfOverlaps adds a warning for each membership that another resource also manages.
func warnOfOverlaps[M any](do *operation[M], groupID string, found []overlap) {
	for _, overlap := range found {
		do.warn(path.Empty(), "Two resources manage the same membership", fmt.Sprintf(
			"Both %s and %s manage the membership of the user %s in the group %s. Each may undo the other's changes.\n\nWhat to do: keep only "+
				"one of the two. For the resource that you remove, add a `removed` block with `destroy = false`, so that the user remains a "+
				"member.", overlap.source, anotherIfSame(overlap), overlap.shown(), groupID))
	}
}

func anotherIfSame(found overlap) string {
	if found.source == found.other {
		return "another " + found.other
	}

	return found.other
}

// userNamesModifiers returns plan modifiers that validate new e-mail addresses and ignore differences in case, followed by the modifiers in others.
func userNamesModifiers(others ...planmodifier.Set) []planmodifier.Set {
	return append([]planmodifier.Set{checkedWhenChanged(notBlank(), trimmed(), emailAddress()), namesWithoutCase{}}, others...)
}

// namesWithoutCase is a plan modifier that plans no change if two sets of user names differ only in case. Terraform requires a plan to contain
// either the configured set or the current set. Therefore, if the sets differ in more than case, the plan shows the configured spelling.
type namesWithoutCase struct{}

// Description implements [planmodifier.Describer].
func (namesWithoutCase) Description(context.Context) string { return "is case-insensitive" }

// MarkdownDescription implements [planmodifier.Describer].
func (m namesWithoutCase) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

// PlanModifySet implements [planmodifier.Set].
func (namesWithoutCase) PlanModifySet(_ context.Context, req planmodifier.SetRequest, resp *planmodifier.SetResponse) {
	configured, complete := knownTexts(req.ConfigValue)
	if req.ConfigValue.IsNull() || req.StateValue.IsNull() || !complete {
		return
	}

	if sameNames(configured, textsIn(req.StateValue)) {
		resp.PlanValue = req.StateValue
	}
}

// sameNames reports whether two sets of user names are equal, ignoring case.
func sameNames(a, b []string) bool {
	return len(a) == len(b) && len(namesWithout(a, b)) == 0
}

// namesWithout returns the names that are not in others, ignoring case.
func namesWithout(names, others []string) []string {
	folded := make(map[string]bool, len(others))
	for _, other := range others {
		folded[transport.FoldText(other)] = true
	}

	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return folded[transport.FoldText(name)] })
}

// uniqueNames rejects e-mail addresses that differ only in case.
func uniqueNames() validator.Set { return nameDuplicates{} }

type nameDuplicates struct{}

// Description implements [validator.Describer].
func (nameDuplicates) Description(context.Context) string {
	return "must not contain the same e-mail address twice, ignoring case"
}

// MarkdownDescription implements [validator.Describer].
func (v nameDuplicates) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateSet implements [validator.Set].
func (nameDuplicates) ValidateSet(_ context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	names, _ := knownTexts(req.ConfigValue)
	slices.Sort(names)

	spellings := make(map[string]string, len(names))

	for _, name := range names {
		key := transport.FoldText(name)
		if other, isTwice := spellings[key]; isTwice {
			resp.Diagnostics.AddAttributeError(req.Path, "Invalid value for "+req.Path.String(), fmt.Sprintf(
				"`%s` contains the same e-mail address twice: %q and %q differ only in case. Remove one of the two.", req.Path, other, name))
		}

		spellings[key] = name
	}
}

func notEmptySet(advice string) validator.Set { return emptyCheck{advice} }

type emptyCheck struct{ advice string }

// Description implements [validator.Describer].
func (emptyCheck) Description(context.Context) string { return "must not be empty" }

// MarkdownDescription implements [validator.Describer].
func (c emptyCheck) MarkdownDescription(ctx context.Context) string { return c.Description(ctx) }

// ValidateSet implements [validator.Set].
func (c emptyCheck) ValidateSet(_ context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	if !req.ConfigValue.IsNull() && !req.ConfigValue.IsUnknown() && len(req.ConfigValue.Elements()) == 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid value for "+req.Path.String(), fmt.Sprintf("`%s` must not be empty. %s",
			req.Path, c.advice))
	}
}

// alternative is a validator for the first of two mutually exclusive attributes: it rejects a configuration that sets both. Unless isOptional is
// true, it also rejects a configuration that sets neither.
type alternative struct {
	// other is the second attribute.
	other string
	// isOptional is true if both attributes may be omitted.
	isOptional bool
}

// Description implements [validator.Describer].
func (a alternative) Description(context.Context) string {
	return "must not be set together with " + a.other
}

// MarkdownDescription implements [validator.Describer].
func (a alternative) MarkdownDescription(ctx context.Context) string { return a.Description(ctx) }

// ValidateString implements [validator.String].
func (a alternative) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	a.check(ctx, req.Config, req.Path, req.ConfigValue, &resp.Diagnostics)
}

// ValidateSet implements [validator.Set].
func (a alternative) ValidateSet(ctx context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	a.check(ctx, req.Config, req.Path, req.ConfigValue, &resp.Diagnostics)
}

func (a alternative) check(ctx context.Context, config tfsdk.Config, at path.Path, value attr.Value, problems *diag.Diagnostics) {
	var other attr.Value

	problems.Append(config.GetAttribute(ctx, path.Root(a.other), &other)...)

	switch {
	case problems.HasError() || value.IsUnknown() || other.IsUnknown():
	case !value.IsNull() && !other.IsNull():
		problems.AddAttributeError(at, "Conflicting attributes", fmt.Sprintf("`%s` conflicts with `%s`. Keep only one of the two.", at, a.other))
	case value.IsNull() && other.IsNull() && !a.isOptional:
		problems.AddAttributeError(at, "Missing attribute", fmt.Sprintf("Set either `%s` or `%s`.", at, a.other))
	}
}

// resolveUserNames maps user names to user ids. If a name does not belong to any user, the error points at the attribute.
func resolveUserNames(ctx context.Context, celonis *client.Client, attribute string, names []string) (map[string]string, error) {
	ids, err := celonis.ResolveUserNames(ctx, names)
	if transport.IsNotFound(err) {
		return nil, &attributeError{attribute: path.Root(attribute), err: err, advice: "Correct the address in `" + attribute + "`, or " +
			"first add the person to the team. If the `celonis_user` resource adds the person, reference its `user_name`."}
	}

	return ids, blame(path.Root(attribute), err)
}

// checkUserIDs rejects a new object that contains user names instead of user ids. checkUserIDs looks up only ids that look like names, and at most
// ten of them.
func checkUserIDs(ctx context.Context, celonis *client.Client, attribute string, planned stringSet) error {
	const most = 10

	suspects := slices.DeleteFunc(textsIn(planned), func(id string) bool { return !looksLikeName(id) })
	slices.Sort(suspects)

	var (
		wrong   []string
		problem error
	)

	for _, id := range suspects[:min(most, len(suspects))] {
		if _, err := celonis.User(ctx, id); transport.IsNotFound(err) {
			wrong, problem = append(wrong, id), err
		}
	}

	if problem == nil {
		return nil
	}

	return &attributeError{attribute: path.Root(attribute), err: problem, advice: fmt.Sprintf("Set `%s` to user ids: use the `id` of the "+
		"`celonis_user` resource or data source. These are not user ids: %s.", attribute, strings.Join(wrong, ", "))}
}

// userIDsOf returns the ids of the users with the given names, and omits names that do not resolve to a user.
func userIDsOf(ctx context.Context, celonis *client.Client, names []string) ([]string, error) {
	ids, err := celonis.ResolveUserNames(ctx, names)
	if err != nil && !isUnresolved(err) {
		return nil, err
	}

	found := make([]string, 0, len(ids))
	for _, id := range ids {
		found = append(found, id)
	}

	slices.Sort(found)

	return found, nil
}

// isUnresolved reports whether the error means that user names are unknown or ambiguous.
func isUnresolved(err error) bool {
	failure, ok := errors.AsType[*transport.Error](err)

	return ok && (failure.Reason == transport.ReasonNotFound || failure.Reason == transport.ReasonAmbiguous)
}

// shownNames returns the members' user names, spelled as in the state, or the id of a member who is missing from the list of users.
func shownNames(memberIDs []string, names map[string]string, spelled []string) []string {
	spellings := make(map[string]string, len(spelled))
	for _, name := range spelled {
		spellings[transport.FoldText(name)] = name
	}

	return convertAll(memberIDs, func(id string) string {
		name, isKnown := names[id]
		if !isKnown {
			return id
		}

		if spelling, isSpelled := spellings[transport.FoldText(name)]; isSpelled {
			return spelling
		}

		return name
	})
}

// plannedText is a plan modifier for an attribute that is changed only if it is configured. If the attribute is not configured, plannedText
// plans the state's value, or null for a new object.
type plannedText struct{}

// Description implements [planmodifier.Describer].
func (plannedText) Description(context.Context) string {
	return "is not changed unless it is configured"
}

// MarkdownDescription implements [planmodifier.Describer].
func (m plannedText) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

// PlanModifyString implements [planmodifier.String].
func (plannedText) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if req.ConfigValue.IsNull() {
		resp.PlanValue = types.StringPointerValue(req.StateValue.ValueStringPointer())
	}
}
