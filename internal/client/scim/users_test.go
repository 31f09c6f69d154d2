package scim_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	clientscim "github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

// scimSwitches returns functions that set the simulator's SCIM options. Each function makes the simulator follow one possible interpretation of the
// documentation.
func scimSwitches() map[string]func(*scim.Options) {
	switches := map[string]func(*scim.Options){
		"as documented":           func(*scim.Options) {},
		"clients as users":        func(o *scim.Options) { o.ClientsAsUsers = true },
		"boolean invitation":      func(o *scim.Options) { o.BooleanInvitation = true },
		"upper case roles":        func(o *scim.Options) { o.UpperCaseRoles = true },
		"groups without role":     func(o *scim.Options) { o.GroupsWithoutRole = true },
		"responses as JSON":       func(o *scim.Options) { o.ResponsesAsJSON = true },
		"effective roles":         func(o *scim.Options) { o.EffectiveRoles = true },
		"lower case roles":        func(o *scim.Options) { o.LowerCaseRoles = true },
		"lower and upper roles":   func(o *scim.Options) { o.LowerCaseRoles, o.UpperCaseRoles = true, true },
		"lower case user names":   func(o *scim.Options) { o.LowerCaseUserNames = true },
		"no members in lists":     func(o *scim.Options) { o.NoMembersInLists = true },
		"short pages":             func(o *scim.Options) { o.MaxCount = 2 },
		"no resources when empty": func(o *scim.Options) { o.OmitEmptyResources = true },
		"listed late":             func(o *scim.Options) { o.ListedAfterReads = 2 },
		"changes listed late":     func(o *scim.Options) { o.UpdatesListedAfterReads = 2 },
		"listed after deletion":   func(o *scim.Options) { o.DelistedAfterReads = 2 },
		"kept when omitted":       func(o *scim.Options) { o.KeptWhenOmitted = scim.Attributes() },
		"all extras and versions": func(o *scim.Options) {
			o.Extras, o.ETags = scim.ExtrasAll, scim.ETagsRequired
		},
		"extension and upper case": func(o *scim.Options) { o.RoleLocation, o.UpperCaseRoles = scim.RoleInExtension, true },
	}

	each(switches, func(o *scim.Options) *scim.Base { return &o.Base })
	each(switches, func(o *scim.Options) *scim.CreateStatus { return &o.CreateStatus })
	each(switches, func(o *scim.Options) *scim.PUTResponse { return &o.PUTResponse })
	each(switches, func(o *scim.Options) *scim.InvitationOnPUT { return &o.InvitationOnPUT })
	each(switches, func(o *scim.Options) *scim.DeleteStatus { return &o.DeleteStatus })
	each(switches, func(o *scim.Options) *scim.DeleteUnknown { return &o.DeleteUnknown })
	each(switches, func(o *scim.Options) *scim.UnknownID { return &o.UnknownID })
	each(switches, func(o *scim.Options) *scim.ETags { return &o.ETags })
	each(switches, func(o *scim.Options) *scim.ContentTypes { return &o.ContentTypes })
	each(switches, func(o *scim.Options) *scim.RoleLocation { return &o.RoleLocation })
	each(switches, func(o *scim.Options) *scim.Extras { return &o.Extras })
	each(switches, func(o *scim.Options) *scim.MemberElements { return &o.MemberElements })
	each(switches, func(o *scim.Options) *scim.EmptyMembers { return &o.EmptyMembers })
	each(switches, func(o *scim.Options) *scim.Filter { return &o.Filter })
	each(switches, func(o *scim.Options) *scim.Duplicate { return &o.DuplicateUser })
	each(switches, func(o *scim.Options) *scim.Duplicate { return &o.DuplicateGroup })

	return switches
}

// The each function adds one entry to the map for every value of an option: a function that sets the option to that value.
func each[W interface {
	~string
	Words() []W
}](switches map[string]func(*scim.Options), field func(*scim.Options) *W) {
	var none W
	for _, word := range none.Words() {
		name := fmt.Sprintf("%T %s", word, word)
		for switches[name] != nil {
			name += "'" // DuplicateUser and DuplicateGroup have the same type.
		}

		switches[name] = func(o *scim.Options) { *field(o) = word }
	}
}

func TestUserLifeCycleForEachSCIMReading(t *testing.T) {
	t.Parallel()

	for name, apply := range scimSwitches() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			options := clienttest.SCIMTeam(5, 2, apply)
			clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
				celonis := env.Client()

				made, err := celonis.CreateUser(t.Context(), clientscim.NewUser{
					UserName: "Ada@Example.com", DisplayName: "Ada", ExternalID: "hr-1", Role: "analyst", SendInvitationEmail: new(true),
				})
				if err != nil {
					t.Fatal(err)
				}

				want := scim.User{
					ID: made.ID, UserName: "Ada@Example.com", DisplayName: "Ada", ExternalID: "hr-1", Role: "ANALYST", Invited: true,
				}
				if stored := env.User(made.ID); stored != want {
					t.Errorf("the team contains %+v", stored)
				}

				read, err := celonis.User(t.Context(), made.ID)
				if err != nil || read != made || !strings.EqualFold(read.UserName, want.UserName) || read.DisplayName != "Ada" || read.ExternalID != "hr-1" ||
					!strings.EqualFold(read.Role, "ANALYST") && options.SCIM.RoleLocation != scim.RoleAbsent {
					t.Errorf("User() = %+v, %v; CreateUser() = %+v", read, err, made)
				}

				// Only the display name changes.
				if _, err := celonis.UpdateUser(t.Context(), made.ID, clientscim.UserChange{DisplayName: new("Ada L."), Role: new("ADMIN")}); err != nil {
					t.Error(err)
				}

				want.DisplayName, want.Role = "Ada L.", "ADMIN"
				if stored := env.User(made.ID); stored != want {
					t.Errorf("the team contains %+v", stored)
				}

				if read, err := celonis.User(t.Context(), made.ID); err != nil || read.DisplayName != "Ada L." {
					t.Errorf("User() = %+v, %v", read, err)
				}

				celonis = env.Client() // A new client represents a later run.
				if err := celonis.DeleteUser(t.Context(), made.ID); err != nil {
					t.Error(err)
				}

				if slices.ContainsFunc(env.Team.Users(), func(user scim.User) bool { return user.ID == made.ID }) {
					t.Error("the user was not deleted")
				}

				_, err = celonis.User(t.Context(), made.ID)
				if isGone := transport.IsNotFound(err); err == nil || isGone != (options.SCIM.UnknownID == "" || options.SCIM.UnknownID == scim.UnknownError) {
					t.Errorf("after the deletion: error = %v, want ReasonNotFound", err)
				}
			})
		})
	}
}

func TestUserNamesAreCaseInsensitive(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(450, 0), func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()
		want := env.Team.Users()[321]

		user, err := celonis.FindUser(t.Context(), strings.ToUpper(want.UserName))
		if err != nil || user.ID != want.ID {
			t.Errorf("FindUser() = %+v, %v", user, err)
		}

		env.WantCount(3, http.MethodGet, clienttest.UsersPath)
		time.Sleep(time.Second)

		// The list is read again before a user is reported as missing.
		_, err = celonis.FindUser(t.Context(), "nobody@example.com")
		clienttest.WantError(t, err, transport.ReasonNotFound, "nobody@example.com", "450 users")
		env.WantCount(6, http.MethodGet, clienttest.UsersPath)
	})
}

func TestUsersAreSortedByID(t *testing.T) {
	t.Parallel()

	for _, count := range []int{0, 1, 199, 200, 201, 400} {
		for _, most := range []int{0, 7, 200} {
			clienttest.InBubble(t, clienttest.SCIMTeam(count, 0, func(o *scim.Options) { o.MaxCount, o.OmitEmptyResources = most, true }), func(t *testing.T, env clienttest.Env) {
				got, err := env.Client().Users(t.Context())
				if err != nil || len(got) != count {
					t.Errorf("%d of %d users, %v", len(got), count, err)
				}

				for index := 1; index < len(got); index++ {
					if got[index-1].ID >= got[index].ID {
						t.Errorf("%s precedes %s", got[index-1].ID, got[index].ID)
					}
				}

				size := 200
				if most > 0 {
					size = most
				}

				env.WantCount(max(1, (count+size-1)/size), http.MethodGet, clienttest.UsersPath)
			})
		}
	}
}

// A rejected page size costs one additional request in the whole run.
func TestServiceChoosesThePageSizeIfItRejectsTheDocumentedOne(t *testing.T) {
	t.Parallel()

	for _, most := range []int{1, 50, 199} {
		t.Run(strconv.Itoa(most), func(t *testing.T) {
			t.Parallel()

			change := func(o *scim.Options) { o.MaxCount, o.CountAboveMax = most, scim.CountRefused }
			clienttest.InBubble(t, clienttest.SCIMTeam(120, 60, change), func(t *testing.T, env clienttest.Env) {
				celonis := env.Client()

				users, err := celonis.Users(t.Context())
				if err != nil || len(users) != 120 {
					t.Errorf("%d users, %v", len(users), err)
				}

				groups, err := celonis.Groups(t.Context())
				if err != nil || len(groups) != 60 {
					t.Errorf("%d groups, %v", len(groups), err)
				}

				env.WantCount(1+(120+most-1)/most, http.MethodGet, clienttest.UsersPath)
				env.WantCount((60+most-1)/most, http.MethodGet, clienttest.GroupsPath)
			})
		})
	}
}

func TestListRejectedWithAndWithoutPageSizeIsAnError(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(3, 0), func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Path: clienttest.UsersPath, Status: 400, Times: 2})

		celonis := env.Client()

		_, err := celonis.Users(t.Context())
		clienttest.WantError(t, err, transport.ReasonStatus, "status 400")
		env.WantCount(2, http.MethodGet, clienttest.UsersPath)

		users, err := celonis.Users(t.Context())
		if err != nil || len(users) != 3 {
			t.Errorf("%d users, %v", len(users), err)
		}

		env.WantCount(3, http.MethodGet, clienttest.UsersPath)
	})
}

func TestInvalidListsOfUsersAreErrors(t *testing.T) {
	t.Parallel()

	for name, fault := range map[string]simulator.Fault{
		"repeats a page": {RepeatPage: true},
		"endless":        {EndlessPages: true},
		"total too high": {ChangeTotal: 3},
		"total negative": {ChangeTotal: -301},
		"no total":       {Status: http.StatusOK, Body: `{"Resources": []}`},
		"no items":       {Status: http.StatusOK, Body: `{"totalResults": 3}`},
		"more than the total": {
			Status: http.StatusOK, Body: `{"totalResults": 1, "Resources": [{"id": "a"}, {"id": "b"}]}`,
		},
		"negative":         {Status: http.StatusOK, Body: `{"totalResults": -1, "Resources": []}`},
		"duplicate id":     {Status: http.StatusOK, Body: `{"totalResults": 2, "Resources": [{"id": "a"}, {"id": "a"}]}`},
		"missing id":       {Status: http.StatusOK, Body: `{"totalResults": 1, "Resources": [{"userName": "a@example.com"}]}`},
		"null item":        {Status: http.StatusOK, Body: `{"totalResults": 1, "Resources": [null]}`},
		"object as a name": {Status: http.StatusOK, Body: `{"totalResults": 1, "Resources": [{"id": "a", "userName": {}}]}`},
		"truncated JSON":   {Status: http.StatusOK, Body: `{"totalResults": 1, "Resources": [{"id"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, clienttest.SCIMTeam(500, 0), func(t *testing.T, env clienttest.Env) {
				fault.Path, fault.Times = clienttest.UsersPath, -1
				env.Team.Inject(fault)

				_, err := env.Client().Users(t.Context())
				clienttest.WantError(t, err, transport.ReasonInvalidResponse, "the list of users")

				if name == "more than the total" {
					clienttest.WantError(t, err, transport.ReasonInvalidResponse, "the total is 1, but the first page contains 2 items")
				}

				if got := env.Team.Count(http.MethodGet, clienttest.UsersPath); got > 10 {
					t.Errorf("%d list requests", got)
				}
			})
		})
	}

	clienttest.InBubble(t, clienttest.SCIMTeam(500, 0, func(o *scim.Options) { o.Order = scim.OrderUnstable }), func(t *testing.T, env clienttest.Env) {
		_, err := env.Client().Users(t.Context())
		clienttest.WantError(t, err, transport.ReasonInvalidResponse, "the list changed while it was being read")
	})
}

func TestResponseAboutAnotherUserIsAnError(t *testing.T) {
	t.Parallel()

	for name, body := range map[string]string{
		"different id": `{"id": "other", "userName": "a@example.com"}`, "no id": `{"userName": "a@example.com"}`, "an array": `[]`,
		"nothing": ` `, "half": `{"id": "` + unknownID + `", "user`, "null": `null`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, clienttest.SCIMTeam(3, 0), func(t *testing.T, env clienttest.Env) {
				env.Respond(clienttest.UsersPath+"/"+unknownID, http.StatusOK, clienttest.JSONType, body)

				_, err := env.Client().User(t.Context(), unknownID)
				clienttest.WantError(t, err, transport.ReasonInvalidResponse)
			})
		})
	}
}

func TestUpdateSendsBackUnmanagedAttributes(t *testing.T) {
	t.Parallel()

	for _, extras := range scim.Extras("").Words() {
		clienttest.InBubble(t, clienttest.SCIMTeam(0, 0, func(o *scim.Options) { o.Extras = extras }), func(t *testing.T, env clienttest.Env) {
			before := env.Team.AddUser(scim.User{UserName: "a@example.com", DisplayName: "A", ExternalID: "hr-1", Role: "ADMIN"})

			user, err := env.Client().UpdateUser(t.Context(), before.ID, clientscim.UserChange{DisplayName: new("B")})
			if err != nil || user.DisplayName != "B" || user.Role != "ADMIN" || user.ExternalID != "hr-1" {
				t.Errorf("UpdateUser() = %+v, %v", user, err)
			}

			before.DisplayName = "B"
			if after := env.User(before.ID); after != before {
				t.Errorf("the team contains %+v", after)
			}

			env.WantCount(2, http.MethodGet, clienttest.UsersPath+"/*")
			env.WantCount(1, http.MethodPut, clienttest.UsersPath+"/*")
		})
	}
}

func TestUpdateWithoutChangesSendsNothing(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(0, 0, func(o *scim.Options) { o.LowerCaseRoles = true }), func(t *testing.T, env clienttest.Env) {
		user := env.Team.AddUser(scim.User{UserName: "a@example.com", DisplayName: "A", Role: "ADMIN"})

		if _, err := env.Client().UpdateUser(t.Context(), user.ID, clientscim.UserChange{
			DisplayName: new("A"), Role: new("Admin"), ExternalID: new(""),
		}); err != nil {
			t.Error(err)
		}

		env.WantCount(1, http.MethodGet, clienttest.UsersPath+"/*")
		env.WantCount(0, http.MethodPut, clienttest.UsersPath+"/*")
	})
}

func TestEmptyValueRemovesTheAttribute(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(0, 0), func(t *testing.T, env clienttest.Env) {
		user := env.Team.AddUser(scim.User{UserName: "a@example.com", DisplayName: "A", ExternalID: "hr-1", Role: "ADMIN"})

		changed, err := env.Client().UpdateUser(t.Context(), user.ID, clientscim.UserChange{DisplayName: new(""), ExternalID: new(""), Role: new("")})
		if err != nil || changed != (clientscim.User{ID: user.ID, UserName: "a@example.com", Role: "MEMBER"}) {
			t.Errorf("UpdateUser() = %+v, %v", changed, err)
		}
	})
}

func TestChangeThatIsNotAppliedIsAnError(t *testing.T) {
	t.Parallel()

	for attribute, name := range map[string]string{"displayName": "display name", "externalId": "external id", "role": "role"} {
		clienttest.InBubble(t, clienttest.SCIMTeam(0, 0, func(o *scim.Options) { o.IgnoredByPUT = []string{attribute} }), func(t *testing.T, env clienttest.Env) {
			user := env.Team.AddUser(scim.User{UserName: "a@example.com", DisplayName: "A", ExternalID: "hr-1", Role: "MEMBER"})

			_, err := env.Client().UpdateUser(t.Context(), user.ID, clientscim.UserChange{
				DisplayName: new("B"), ExternalID: new("hr-2"), Role: new("ADMIN"),
			})
			failure := clienttest.WantError(t, err, transport.ReasonNotApplied, name+" should be", "PUT "+clienttest.UsersPath+"/"+user.ID)

			if strings.Count(failure.Detail, "should be") != 1 {
				t.Errorf("detail = %q, want one difference", failure.Detail)
			}

			env.WantCount(1, http.MethodPut, clienttest.UsersPath+"/*")
		})
	}

	// A group's role raises the user's effective role.
	clienttest.InBubble(t, clienttest.SCIMTeam(0, 0, func(o *scim.Options) { o.EffectiveRoles = true }), func(t *testing.T, env clienttest.Env) {
		user := env.Team.AddUser(scim.User{UserName: "a@example.com", Role: "ADMIN"})
		env.Team.AddGroup(scim.Group{DisplayName: "Admins", Role: "ADMIN", Members: []string{user.ID}})

		_, err := env.Client().UpdateUser(t.Context(), user.ID, clientscim.UserChange{Role: new("MEMBER")})
		clienttest.WantError(t, err, transport.ReasonNotApplied, `role should be "MEMBER" but is "ADMIN"`)
	})
}

func TestReadBackShowsTheOutcomeOfAPUT(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		fault  simulator.Fault
		isDone bool
		reason transport.Reason
	}{
		"web page":                      {simulator.Fault{HTML: true}, false, transport.ReasonHTML},
		"truncated response":            {simulator.Fault{CutBodyAt: 10, Times: -1}, true, ""},
		"lost response":                 {simulator.Fault{ResetAfter: true, Times: -1}, true, ""},
		"502 from a gateway":            {simulator.Fault{Status: http.StatusBadGateway, Times: -1}, false, transport.ReasonStatus},
		"no response":                   {simulator.Fault{Hang: true, Times: -1}, false, transport.ReasonTimeout},
		"rejected":                      {simulator.Fault{Status: http.StatusBadRequest, Body: `{"detail": "The licence is full."}`}, false, transport.ReasonStatus},
		"web page after it was applied": {simulator.Fault{Body: "<html></html>", Header: http.Header{"Content-Type": {"text/html"}}}, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			for _, etags := range scim.ETags("").Words() {
				clienttest.InBubble(t, clienttest.SCIMTeam(1, 0, func(o *scim.Options) { o.ETags = etags }), func(t *testing.T, env clienttest.Env) {
					fault := test.fault
					fault.Method, fault.Path = http.MethodPut, clienttest.UsersPath+"/*"
					env.Team.Inject(fault)

					user := env.Team.Users()[0]
					updated, err := env.Client(func(o *client.Options) { o.MaxRetries = 1 }).
						UpdateUser(t.Context(), user.ID, clientscim.UserChange{DisplayName: new("New")})

					if !test.isDone {
						clienttest.WantError(t, err, test.reason)
					} else if err != nil || updated.DisplayName != "New" {
						t.Errorf("%s: UpdateUser() = %+v, %v", etags, updated, err)
					}
				})
			}
		})
	}
}

func TestPUTErrorIsReportedIfTheReadBackFailsToo(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(1, 0), func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Method: http.MethodPut, Path: clienttest.UsersPath + "/*", HTML: true})
		env.Team.Inject(simulator.Fault{Method: http.MethodGet, Path: clienttest.UsersPath + "/*", Skip: 1, Status: http.StatusForbidden})

		_, err := env.Client().UpdateUser(t.Context(), env.Team.Users()[0].ID, clientscim.UserChange{DisplayName: new("New")})
		clienttest.WantError(t, err, transport.ReasonHTML, "PUT ")
	})
}

func TestUserDeletedDuringAnUpdateIsNotFound(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(1, 0), func(t *testing.T, env clienttest.Env) {
		user := env.Team.Users()[0]
		env.Team.Inject(simulator.Fault{Method: http.MethodPut, Path: clienttest.UsersPath + "/*", Delay: time.Second})
		time.AfterFunc(500*time.Millisecond, func() { env.Team.RemoveUser(user.ID) })

		_, err := env.Client().UpdateUser(t.Context(), user.ID, clientscim.UserChange{DisplayName: new("New")})
		clienttest.WantError(t, err, transport.ReasonNotFound)
	})

	// A 404 for a PUT may refer to an object other than the user.
	clienttest.InBubble(t, clienttest.SCIMTeam(1, 0), func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{
			Method: http.MethodPut, Path: clienttest.UsersPath + "/*", Status: http.StatusNotFound,
			Body: `{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404"}`,
		})

		_, err := env.Client().UpdateUser(t.Context(), env.Team.Users()[0].ID, clientscim.UserChange{DisplayName: new("New")})
		clienttest.WantError(t, err, transport.ReasonStatus, "status 404")
	})
}

func TestConcurrentChangesOfAUserAreKept(t *testing.T) {
	t.Parallel()

	for _, etags := range []scim.ETags{scim.ETagsEnforced, scim.ETagsRequired} {
		clienttest.InBubble(t, clienttest.SCIMTeam(1, 0, func(o *scim.Options) { o.ETags = etags }), func(t *testing.T, env clienttest.Env) {
			user := env.Team.Users()[0]
			env.Team.Inject(simulator.Fault{Method: http.MethodPut, Path: clienttest.UsersPath + "/*", Delay: time.Second})

			time.AfterFunc(500*time.Millisecond, func() {
				env.Team.ChangeUser(user.ID, func(u *scim.User) { u.ExternalID = "theirs" })
			})

			changed, err := env.Client().UpdateUser(t.Context(), user.ID, clientscim.UserChange{DisplayName: new("Ours")})
			if err != nil || changed.DisplayName != "Ours" || changed.ExternalID != "theirs" {
				t.Errorf("UpdateUser() = %+v, %v", changed, err)
			}

			env.WantCount(2, http.MethodPut, clienttest.UsersPath+"/*")
		})
	}
}

func TestUpdateSendsTheETagThatWasRead(t *testing.T) {
	t.Parallel()

	for etags, want := range map[scim.ETags]string{
		scim.ETagsNone: "", scim.ETagsMeta: `W/"1"`, scim.ETagsEnforced: `W/"1"`,
	} {
		clienttest.InBubble(t, clienttest.SCIMTeam(1, 0, func(o *scim.Options) { o.ETags = etags }), func(t *testing.T, env clienttest.Env) {
			user := env.Team.Users()[0]
			if _, err := env.Client().UpdateUser(t.Context(), user.ID, clientscim.UserChange{DisplayName: new("New")}); err != nil {
				t.Error(err)
			}

			for _, entry := range env.Team.Journal() {
				if got := entry.Header.Get("If-Match"); entry.Method == http.MethodPut && got != want {
					t.Errorf("%s: If-Match %q, want %q", etags, got, want)
				}
			}
		})
	}

	// The ETag is not formatted as a header value.
	clienttest.InBubble(t, clienttest.SCIMTeam(0, 0), func(t *testing.T, env clienttest.Env) {
		env.Respond(clienttest.UsersPath+"/a", http.StatusOK, clienttest.JSONType, `{"id": "a", "userName": "a@example.com", "meta": {"version": 7}}`)

		_, err := env.Client().UpdateUser(t.Context(), "a", clientscim.UserChange{DisplayName: new("New")})
		clienttest.WantError(t, err, transport.ReasonNotApplied)

		if got := env.Team.Journal()[3].Header.Get("If-Match"); got != `"7"` {
			t.Errorf("If-Match %q", got)
		}
	})
}

func TestUpdateFailsAfterFiveVersionConflicts(t *testing.T) {
	t.Parallel()

	for _, status := range []int{http.StatusPreconditionFailed, http.StatusConflict} {
		clienttest.InBubble(t, clienttest.SCIMTeam(1, 0, func(o *scim.Options) { o.ETags = scim.ETagsEnforced }), func(t *testing.T, env clienttest.Env) {
			user := env.Team.Users()[0]
			env.Team.Inject(simulator.Fault{
				Method: http.MethodPut, Path: clienttest.UsersPath + "/*", Times: -1, Status: status, Delay: 100 * time.Millisecond,
			})

			over := make(chan struct{})

			go func() {
				for change := 0; ; change++ {
					select {
					case <-over:
						return
					case <-time.After(30 * time.Millisecond):
						env.Team.ChangeUser(user.ID, func(u *scim.User) { u.ExternalID = strconv.Itoa(change) })
					}
				}
			}()

			_, err := env.Client().UpdateUser(t.Context(), user.ID, clientscim.UserChange{DisplayName: new("Ours")})

			close(over)
			clienttest.WantError(t, err, transport.ReasonStatus, "Another program changed the user during each of 5 attempts")
			env.WantCount(5, http.MethodPut, clienttest.UsersPath+"/*")
		})
	}

	// This conflict does not come from another program's change: the service returns no versions, or the version is unchanged.
	for _, etags := range []scim.ETags{scim.ETagsNone, scim.ETagsEnforced} {
		clienttest.InBubble(t, clienttest.SCIMTeam(1, 0, func(o *scim.Options) { o.ETags = etags }), func(t *testing.T, env clienttest.Env) {
			env.Team.Inject(simulator.Fault{Method: http.MethodPut, Path: clienttest.UsersPath + "/*", Times: -1, Status: http.StatusConflict})

			_, err := env.Client().UpdateUser(t.Context(), env.Team.Users()[0].ID, clientscim.UserChange{DisplayName: new("Ours")})
			clienttest.WantError(t, err, transport.ReasonStatus, "status 409")
			env.WantCount(1, http.MethodPut, clienttest.UsersPath+"/*")
		})
	}
}

func TestDeletingAMissingUserSucceeds(t *testing.T) {
	t.Parallel()

	for _, etags := range scim.ETags("").Words() {
		clienttest.InBubble(t, clienttest.SCIMTeam(1, 0, func(o *scim.Options) { o.ETags = etags }), func(t *testing.T, env clienttest.Env) {
			celonis := env.Client()
			if err := celonis.DeleteUser(t.Context(), unknownID); err != nil {
				t.Error(err)
			}

			env.Team.Inject(simulator.Fault{Method: http.MethodDelete, Path: clienttest.UsersPath + "/*", ResetAfter: true, Times: 1})

			if err := celonis.DeleteUser(t.Context(), env.Team.Users()[0].ID); err != nil || len(env.Team.Users()) != 0 {
				t.Errorf("%s: %d users, %v", etags, len(env.Team.Users()), err)
			}
		})
	}

	// Without retries, the client reads the user to learn the outcome.
	clienttest.InBubble(t, clienttest.SCIMTeam(1, 0), func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Method: http.MethodDelete, Path: clienttest.UsersPath + "/*", ResetAfter: true, Times: -1})

		if err := env.Client(func(o *client.Options) { o.MaxRetries = 0 }).DeleteUser(t.Context(), env.Team.Users()[0].ID); err != nil {
			t.Error(err)
		}
	})

	for name, fault := range map[string]simulator.Fault{
		"bare 404": {Status: http.StatusNotFound}, "web page": {HTML: true}, "503": {Status: http.StatusServiceUnavailable},
	} {
		clienttest.InBubble(t, clienttest.SCIMTeam(1, 0), func(t *testing.T, env clienttest.Env) {
			fault.Method, fault.Path, fault.Times = http.MethodDelete, clienttest.UsersPath+"/*", -1
			env.Team.Inject(fault)

			if err := env.Client().DeleteUser(t.Context(), env.Team.Users()[0].ID); err == nil {
				t.Errorf("%s: DeleteUser succeeded", name)
			}
		})
	}
}

func TestDuplicateIsReportedWithItsID(t *testing.T) {
	t.Parallel()

	for _, answer := range scim.Duplicate("").Words() {
		for _, extras := range scim.Extras("").Words() {
			t.Run(fmt.Sprintf("%s, extras %s", answer, extras), func(t *testing.T) {
				t.Parallel()

				options := clienttest.SCIMTeam(300, 0, func(o *scim.Options) { o.DuplicateUser, o.DuplicateGroup, o.Extras = answer, answer, extras })
				clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
					user := env.Team.AddUser(scim.User{UserName: "ada@example.com", ExternalID: "hr-1", Role: "ADMIN"})
					group := env.Team.AddGroup(scim.Group{DisplayName: "Finance", Members: []string{user.ID}})

					time.Sleep(time.Hour)

					celonis := env.Client()
					created, err := celonis.CreateUser(t.Context(), clientscim.NewUser{UserName: "Ada@example.com", Role: "MEMBER"})

					if failed := clienttest.WantError(t, err, transport.ReasonExists, user.ID, "POST "+clienttest.UsersPath); failed.ExistingID != user.ID || created.ID != "" {
						t.Errorf("the error contains the existing id %q; CreateUser returned %+v", failed.ExistingID, created)
					}

					createdGroup, err := celonis.CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "Finance"})
					if failed := clienttest.WantError(t, err, transport.ReasonExists, group.ID, "POST "+clienttest.GroupsPath); failed.ExistingID != group.ID || createdGroup.ID != "" {
						t.Errorf("the error contains the existing id %q; CreateGroup returned %+v", failed.ExistingID, createdGroup)
					}
				})
			})
		}
	}
}

func TestDuplicateIsReportedIfTheLookupFails(t *testing.T) {
	t.Parallel()

	for _, answer := range []simulator.Fault{
		{Status: http.StatusConflict},
		{Status: http.StatusBadRequest, Body: `{"scimType": "uniqueness"}`},
	} {
		clienttest.InBubble(t, clienttest.SCIMTeam(3, 0), func(t *testing.T, env clienttest.Env) {
			answer.Method, answer.Path = http.MethodPost, clienttest.UsersPath
			env.Team.Inject(answer)
			env.Team.Inject(simulator.Fault{Method: http.MethodGet, Path: clienttest.UsersPath, Times: -1, Status: http.StatusForbidden})

			_, err := env.Client().CreateUser(t.Context(), clientscim.NewUser{UserName: "ada@example.com"})
			if got := clienttest.WantError(t, err, transport.ReasonExists); got.ExistingID != "" {
				t.Errorf("existing id = %q, want none", got.ExistingID)
			}
		})
	}
}

func TestRefusedUserCreationIsNotLookedUp(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(3, 0), func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Method: http.MethodPost, Path: clienttest.UsersPath, Status: http.StatusForbidden, Body: `{"detail": "No."}`})

		_, err := env.Client().CreateUser(t.Context(), clientscim.NewUser{UserName: "ada@example.com"})
		clienttest.WantError(t, err, transport.ReasonForbidden, "No.")
		env.WantCount(0, http.MethodGet, clienttest.UsersPath)
	})
}

func TestOtherRefusalsAreNotDuplicates(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(3, 0, func(o *scim.Options) { o.Seats.Total = 3 }), func(t *testing.T, env clienttest.Env) {
		_, err := env.Client().CreateUser(t.Context(), clientscim.NewUser{UserName: "ada@example.com"})
		clienttest.WantError(t, err, transport.ReasonStatus, "status 400", "licence")
	})
}

func TestCreationWithAnEmptyResponseIsLookedUp(t *testing.T) {
	t.Parallel()

	for name, fault := range map[string]simulator.Fault{
		"empty":      {Body: " "},
		"missing id": {Body: `{"message": "done"}`},
	} {
		for late, posts := range map[int]int{0: 1, 1: 1, 2: 2, 3: 2} { // If the second list still lacks the user, the client repeats the request.
			t.Run(fmt.Sprintf("%s, listed after %d reads", name, late), func(t *testing.T) {
				t.Parallel()
				clienttest.InBubble(t, clienttest.SCIMTeam(3, 0, func(o *scim.Options) { o.ListedAfterReads = late }), func(t *testing.T, env clienttest.Env) {
					lost := fault // The parallel subtests must not change the shared fault.
					lost.Method, lost.Path = http.MethodPost, clienttest.UsersPath
					env.Team.Inject(lost)

					user, err := env.Client().CreateUser(t.Context(), clientscim.NewUser{UserName: "Ada@example.com", Role: "ADMIN"})
					if err != nil || user.ID == "" || env.User(user.ID).Role != "ADMIN" {
						t.Errorf("CreateUser() = %+v, %v", user, err)
					}

					env.WantCount(posts, http.MethodPost, clienttest.UsersPath)
				})
			})
		}
	}
}

func TestLostUserCreationIsFound(t *testing.T) {
	t.Parallel()

	for name, fault := range map[string]simulator.Fault{
		"lost response":      {ResetAfter: true},
		"truncated response": {CutBodyAt: 20},
		"truncated JSON":     {Body: `{"id": "`},
		"web page":           {Body: "<html></html>", Header: http.Header{"Content-Type": {"text/html"}}},
		"different user":     {Body: `{"id": "x", "userName": "other@example.com"}`},
	} {
		for _, extras := range scim.Extras("").Words() {
			t.Run(fmt.Sprintf("%s, extras %s", name, extras), func(t *testing.T) {
				t.Parallel()
				clienttest.InBubble(t, clienttest.SCIMTeam(3, 0, func(o *scim.Options) { o.Extras = extras }), func(t *testing.T, env clienttest.Env) {
					time.Sleep(time.Hour)

					lost := fault // The parallel subtests must not change the shared fault.
					lost.Method, lost.Path = http.MethodPost, clienttest.UsersPath
					env.Team.Inject(lost)

					user, err := env.Client().CreateUser(t.Context(), clientscim.NewUser{UserName: "ada@example.com", DisplayName: "Ada", Role: "ADMIN"})
					if err != nil || user.ID == "" || env.User(user.ID).UserName != "ada@example.com" {
						t.Errorf("CreateUser() = %+v, %v", user, err)
					}

					env.WantCount(1, http.MethodPost, clienttest.UsersPath)
				})
			})
		}
	}
}

func TestLostUserCreationIgnoresExistingUsers(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		extras scim.Extras
		role   string
	}{
		"older":                 {scim.ExtrasMeta, "MEMBER"},
		"different role":        {scim.ExtrasNone, "ADMIN"},
		"older, different role": {scim.ExtrasMeta, "ADMIN"},
		"group of unknown age":  {scim.ExtrasNone, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, clienttest.SCIMTeam(3, 0, func(o *scim.Options) { o.Extras = test.extras }), func(t *testing.T, env clienttest.Env) {
				user := env.Team.AddUser(scim.User{UserName: "ada@example.com", Role: test.role})
				group := env.Team.AddGroup(scim.Group{DisplayName: "Finance"})

				time.Sleep(time.Hour)

				env.Team.Inject(simulator.Fault{Method: http.MethodPost, Path: clienttest.SCIMPath + "/*", Reset: true, Times: -1})

				celonis := env.Client()
				reason := transport.ReasonConnection

				if test.extras == scim.ExtrasMeta {
					reason = transport.ReasonExists
				}

				if test.role != "" {
					_, err := celonis.CreateUser(t.Context(), clientscim.NewUser{UserName: "ada@example.com", Role: "MEMBER"})
					if got := clienttest.WantError(t, err, reason, user.ID); got.ExistingID != user.ID || got.OutcomeUnknown == (reason == transport.ReasonExists) {
						t.Errorf("existing id = %q, outcome unknown = %t", got.ExistingID, got.OutcomeUnknown)
					}
				}

				_, err := celonis.CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "Finance"})
				if got := clienttest.WantError(t, err, reason, group.ID); got.ExistingID != group.ID {
					t.Errorf("existing id = %q", got.ExistingID)
				}

				_, err = celonis.CreateUser(t.Context(), clientscim.NewUser{UserName: "ada@example.com", DisplayName: "Ada"})
				clienttest.WantError(t, err, reason, user.ID) // The existing user has no display name.

				env.WantCount(1, http.MethodPost, clienttest.GroupsPath)

				_, err = celonis.CreateUser(t.Context(), clientscim.NewUser{UserName: "nobody@example.com"})
				clienttest.WantError(t, err, transport.ReasonConnection, "is unknown", "two complete lists did not contain the object", "nobody@example.com")
			})
		})
	}
}

// The client reads a listed candidate by id at most once per list request, even if the response lacks the same attribute as the list.
func TestLostCreationReadsACandidateOncePerListing(t *testing.T) {
	t.Parallel()

	options := clienttest.SCIMTeam(3, 0, func(o *scim.Options) { o.Extras, o.RoleLocation = scim.ExtrasNone, scim.RoleAbsent })
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Method: http.MethodPost, Path: clienttest.UsersPath, ResetAfter: true})

		_, _ = env.Client().CreateUser(t.Context(), clientscim.NewUser{UserName: "ada@example.com", Role: "ADMIN"}) // The outcome is not tested here.

		env.WantAtMost(env.Team.Count(http.MethodGet, clienttest.UsersPath), http.MethodGet, clienttest.UsersPath+"/*")
	})
}

// A list may still show an object that an earlier run has deleted. The client must neither adopt such an object nor report it as existing.
func TestLostCreationIgnoresDeletedObjectsThatAreStillListed(t *testing.T) {
	t.Parallel()

	for _, extras := range scim.Extras("").Words() {
		t.Run(string(extras), func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, clienttest.SCIMTeam(3, 0, func(o *scim.Options) { o.Extras, o.DelistedAfterReads = extras, 5 }), func(t *testing.T, env clienttest.Env) {
				user := env.Team.AddUser(scim.User{UserName: "ada@example.com", Role: "MEMBER"})
				group := env.Team.AddGroup(scim.Group{DisplayName: "Finance"})

				earlier := env.Client()
				if err := errors.Join(earlier.DeleteUser(t.Context(), user.ID), earlier.DeleteGroup(t.Context(), group.ID)); err != nil {
					t.Fatal(err)
				}

				time.Sleep(time.Hour)

				for _, path := range []string{clienttest.UsersPath, clienttest.GroupsPath} {
					env.Team.Inject(simulator.Fault{Method: http.MethodPost, Path: path, Reset: true})
				}

				celonis := env.Client()

				madeUser, err := celonis.CreateUser(t.Context(), clientscim.NewUser{UserName: "ada@example.com", Role: "MEMBER"})
				if err != nil || madeUser.ID == user.ID || env.User(madeUser.ID).UserName != "ada@example.com" {
					t.Errorf("CreateUser() = %+v, error = %v", madeUser, err)
				}

				madeGroup, err := celonis.CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "Finance"})
				if err != nil || madeGroup.ID == group.ID {
					t.Errorf("CreateGroup() = %+v, error = %v", madeGroup, err)
				}

				env.WantCount(2, http.MethodPost, clienttest.UsersPath)
				env.WantCount(2, http.MethodPost, clienttest.GroupsPath)
			})
		})
	}
}

func TestLostUserCreationReportsTheNameIfTheLookupFails(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(3, 0), func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Method: http.MethodPost, Path: clienttest.UsersPath, ResetAfter: true})
		env.Team.Inject(simulator.Fault{Method: http.MethodGet, Path: clienttest.UsersPath, Times: -1, Status: http.StatusForbidden, Body: `{"detail": "No."}`})

		_, err := env.Client().CreateUser(t.Context(), clientscim.NewUser{UserName: "ada@example.com"})
		clienttest.WantError(t, err, transport.ReasonConnection, "It is unknown whether the object was created: the list could not be read", "No.",
			`Look for the user with the user name "ada@example.com"`)
	})
}

func TestCreationWithOtherAttributesKeepsItsID(t *testing.T) {
	t.Parallel()

	for name, body := range map[string]string{
		"in the response":     `{"id": "ID", "userName": "ada@example.com", "displayName": "Ada", "role": "MEMBER", "meta": {"created": "NOW"}}`,
		"in the read back":    `{"id": "ID", "userName": "ada@example.com"}`,
		"age unknown":         `{"id": "ID", "userName": "ada@example.com", "displayName": "Ada", "role": "MEMBER"}`,
		"wrong service clock": `{"id": "ID", "userName": "ada@example.com", "role": "MEMBER", "meta": {"created": "1999-01-01T00:00:00Z"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, clienttest.SCIMTeam(0, 0), func(t *testing.T, env clienttest.Env) {
				user := env.Team.AddUser(scim.User{UserName: "eve@example.com", DisplayName: "Ada", Role: "MEMBER"})
				body = strings.NewReplacer("ID", user.ID, "NOW", time.Now().Format(time.RFC3339)).Replace(body)
				env.Respond(clienttest.UsersPath, http.StatusCreated, clienttest.JSONType, body)

				created, err := env.Client().CreateUser(t.Context(), clientscim.NewUser{UserName: "ada@example.com", DisplayName: "Ada", Role: "ADMIN"})
				clienttest.WantError(t, err, transport.ReasonNotApplied, "role", user.ID)

				if created.ID != user.ID {
					t.Errorf("CreateUser() = %+v", created)
				}
			})
		})
	}
}

func TestCreationCompletesAfterItsCallerIsCancelled(t *testing.T) {
	t.Parallel()

	options := clienttest.SCIMTeam(0, 0)
	options.Server.Latency = time.Second
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()
		if _, err := celonis.Users(t.Context()); err != nil {
			t.Fatal(err)
		}

		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()

		user, err := celonis.CreateUser(ctx, clientscim.NewUser{UserName: "ada@example.com"})
		if err != nil || env.User(user.ID).UserName != "ada@example.com" {
			t.Errorf("CreateUser() = %+v, %v", user, err)
		}
	})
}

func TestSecretsInSCIMResponsesAreMasked(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(1, 0), func(t *testing.T, env clienttest.Env) {
		user := env.Team.Users()[0]
		env.Team.Inject(simulator.Fault{
			Method: http.MethodGet, Path: clienttest.UsersPath + "/*", Skip: 1, Times: -1, Status: http.StatusOK,
			Body: `{"id": "` + user.ID + `", "displayName": "` + oauth.DefaultClient().Secret + `"}`,
		})

		_, err := env.Client().UpdateUser(t.Context(), user.ID, clientscim.UserChange{DisplayName: new("New")})
		clienttest.WantError(t, err, transport.ReasonNotApplied, "***")

		env.Team.Inject(simulator.Fault{Method: http.MethodPost, Path: clienttest.UsersPath, Status: http.StatusConflict})
		env.Respond(clienttest.UsersPath, http.StatusOK, clienttest.JSONType,
			`{"totalResults": 1, "Resources": [{"id": "`+oauth.DefaultClient().Secret+`", "userName": "a@example.com"}]}`)

		_, err = env.Client().CreateUser(t.Context(), clientscim.NewUser{UserName: "a@example.com"})
		if got := clienttest.WantError(t, err, transport.ReasonExists); got.ExistingID != "***" {
			t.Errorf("existing id = %q, want it masked", got.ExistingID)
		}
	})
}

// In one case, the list shows a new user late.
func TestConcurrentCreationOfOneUserReportsThatItExists(t *testing.T) {
	t.Parallel()

	for name, isLate := range map[string]bool{"listed immediately": false, "listed late": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			clienttest.InBubble(t, clienttest.SCIMTeam(3, 0), func(t *testing.T, env clienttest.Env) {
				if isLate {
					env.Team.Inject(simulator.Fault{
						Method: http.MethodGet, Path: clienttest.UsersPath, Times: 1, Status: http.StatusOK,
						Body: `{"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0, "Resources": []}`,
					})
				}

				celonis := env.Client()

				var (
					errs [2]error
					both sync.WaitGroup
				)

				for twin, address := range []string{"Ada@example.com", "ada@example.com"} {
					both.Go(func() { _, errs[twin] = celonis.CreateUser(t.Context(), clientscim.NewUser{UserName: address}) })
				}

				both.Wait()

				refused := errs[0]
				if refused == nil {
					refused = errs[1]
				}

				if got := clienttest.WantError(t, refused, transport.ReasonExists); got.ExistingID == "" || len(env.Team.Users()) != 4 {
					t.Errorf("%d users, error %v", len(env.Team.Users()), got)
				}
			})
		})
	}
}
