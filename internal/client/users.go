package client

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
)

// User is a person in the team, as SCIM has it.
// Source: operations search_1, getUser and createUser of the SCIM API (developer.celonis.com/celonis-apis/scim-api), which show
// requests; answers are read as RFC 7643 has them.
type User struct {
	// ID is made by the service.
	ID string
	// UserName is the e-mail address. It is without case, and cannot be changed.
	UserName, DisplayName string
	// ExternalID is the id that the identity provider knows the person by.
	ExternalID string
	// Role is MEMBER, ANALYST or ADMIN, without case. Empty where the service does not show it. It may be the highest of the user's
	// own and those of the groups: the vendor does not say which one is shown.
	Role string
}

// NewUser is a user to create. What is empty is left to the service.
type NewUser struct {
	UserName, DisplayName, ExternalID, Role string
	// SendInvitationEmail asks for an e-mail to the person, or for none; nil leaves it to the service.
	SendInvitationEmail *bool
}

// UserChange is what to change of a user. What is nil stays as it is, whatever it is by then; an empty text takes the value away.
type UserChange struct {
	DisplayName, ExternalID, Role *string
}

// Users returns all users of the team, by id. The slice is shared: do not change it.
func (c *Client) Users(ctx context.Context) ([]User, error) { return c.users().all(ctx) }

// FindUser returns the user of a user name, without case. It reads the whole list: the vendor's pages say that SCIM does not filter.
func (c *Client) FindUser(ctx context.Context, userName string) (User, error) {
	return c.users().find(ctx, userName)
}

// User returns one user. [ReasonNotFound] means that there is none of that id in the team, said by the SCIM API itself. Many calls
// in one run are answered from the list where that takes fewer requests.
func (c *Client) User(ctx context.Context, id string) (User, error) {
	return c.users().one(ctx, &c.scim.users, id, func(User) bool { return true })
}

// CreateUser adds a person to the team, who takes a seat of the licence. A user who was created otherwise than asked for is returned
// together with an error, so that its id is not lost. [ReasonExists] means that the user name is taken, and names the id of its user
// where it can.
//
// If the outcome of the request is unknown, the user is looked up by name in the list, and returned if it is as requested and not
// older than the request. If the list does not contain it, the create is sent again. [ReasonDuplicate] comes with the user: an earlier
// request has created another one. If the outcome remains unknown, the error says what to look for.
func (c *Client) CreateUser(ctx context.Context, user NewUser) (User, error) {
	kind := c.users()
	creation := scimCreation[User]{scimKind: kind, shared: c.scim.userCreations, wanted: user.UserName, body: kind.newDocument()}
	creation.body.set(attributeUserName, user.UserName)
	creation.add(attributeDisplayName, user.DisplayName)
	creation.add(attributeExternalID, user.ExternalID)
	creation.add(attributeRole, documentedRole(user.Role))

	if user.SendInvitationEmail != nil {
		// The samples have it as a text.
		creation.body.set(attributeInvitation, strconv.FormatBool(*user.SendInvitationEmail))
	}

	return creation.carryOut(ctx)
}

// UpdateUser changes a user and returns what became of it. What is not to be changed is sent back as the service gave it, since the
// service replaces the whole user; nothing is sent where all is as wanted. [ReasonNotTaken] means that the service accepted the
// change and did not carry it out. A role that the service does not show cannot be compared; one that it does not show and that is
// not in the change is lost if the service takes a missing one for none.
// Source: operation updateUserWithPUT of the SCIM API.
func (c *Client) UpdateUser(ctx context.Context, id string, change UserChange) (User, error) {
	wishes := scimWishes{}.with(attributeDisplayName, change.DisplayName).with(attributeExternalID, change.ExternalID).
		with(attributeRole, change.Role)

	kind := c.users()

	after, err := kind.update(ctx, id, wishes)
	if err != nil {
		return User{}, err
	}

	return kind.value(after)
}

// DeleteUser removes a person from this team; the account and its membership in other teams stay. It succeeds if there is no such user.
// [ReasonManaged] means that this run has created or changed the user, and so does not delete it. Source: operation deleteUser of the
// SCIM API.
func (c *Client) DeleteUser(ctx context.Context, id string) error {
	if err := c.users().remove(ctx, id); err != nil {
		return err
	}

	c.scim.editors.forgetUser(id)

	return nil
}

func (c *Client) users() scimKind[User] {
	return scimKind[User]{
		client: c, noun: "user", path: "Users", schema: "urn:ietf:params:scim:schemas:core:2.0:User", extension: celonisUserURN,
		name: attributeUserName, nameWithoutCase: true, convert: userOf,
		nameOf: func(user User) string { return user.UserName },
		idOf:   func(user User) string { return user.ID },
		own:    &c.scim.ownUsers, isSame: func(listed, single User) bool { return listed == single },
	}
}

func userOf(d document) (User, error) {
	var (
		user User
		errs []error
	)

	for _, attribute := range []struct {
		target *string
		name   string
	}{
		{&user.ID, attributeID},
		{&user.UserName, attributeUserName},
		{&user.DisplayName, attributeDisplayName},
		{&user.ExternalID, attributeExternalID},
		{&user.Role, attributeRole},
	} {
		value, err := d.value(attribute.name)
		*attribute.target = value
		errs = append(errs, err)
	}

	if user.ID == "" {
		errs = append(errs, errors.New("it has no id"))
	}

	return user, errors.Join(errs...)
}

// newDocument returns what every creation begins with.
func (k scimKind[T]) newDocument() document {
	schemas := []string{k.schema}
	if k.extension != "" {
		schemas = append(schemas, k.extension)
	}

	encoded, _ := json.Marshal(schemas) //nolint:errchkjson // Strings always become JSON.

	return document{attributeSchemas: encoded}
}

// add asks for a value unless it is empty.
func (n *scimCreation[T]) add(attribute, value string) {
	if value != "" {
		n.body.set(attribute, value)
		n.wishes = n.wishes.with(attribute, &value)
	}
}
