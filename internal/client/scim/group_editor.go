package scim

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// groupFresh is the maximum age at which an editor reuses its cached group for another change. It applies only if the service does not detect
// concurrent changes.
const groupFresh = time.Second

// groupEditors are the editors of all groups that a run has changed.
type groupEditors struct {
	groups *kind

	mu      sync.Mutex
	byGroup map[string]*groupEditor
}

func (e *groupEditors) of(groupID string) *groupEditor {
	e.mu.Lock()
	defer e.mu.Unlock()

	if e.byGroup == nil {
		e.byGroup = make(map[string]*groupEditor)
	}

	editor := e.byGroup[groupID]
	if editor == nil {
		editor = &groupEditor{groups: e.groups, id: groupID, set: make(map[string]bool), kept: make(map[string]bool)}
		editor.queue = groupQueue{carryOut: editor.carryOut, changed: make(chan struct{}, 1)}
		e.byGroup[groupID] = editor
	}

	return editor
}

// forgetUser drops a deleted user's memberships from every editor, and makes each editor reread its group.
func (e *groupEditors) forgetUser(userID string) {
	e.mu.Lock()
	defer e.mu.Unlock()

	for _, editor := range e.byGroup {
		editor.forgetUser(userID)
	}
}

// groupEditor changes one group for all callers of a run, and remembers what the run has changed.
type groupEditor struct {
	groups *kind
	id     string
	queue  groupQueue

	mu sync.Mutex
	// cached is the group after the last change, or nil if its state is uncertain.
	cached *version
	// set contains the users whose memberships this run has changed or confirmed. The value is true if the user is now a member.
	set map[string]bool
	// kept contains the users whom this run has added, or tried to add when they were already members. Unlike the set field, it is not affected by
	// changes that other programs make.
	kept map[string]bool
}

// carryOut carries out a batch, which is either one edit of a whole group or one or more membership edits.
func (e *groupEditor) carryOut(ctx context.Context, batch *groupBatch) {
	if whole := batch.edits[0]; whole.whole != nil {
		e.replace(ctx, whole)
	} else {
		e.apply(ctx, batch, batch.edits)
		e.report(batch)
	}
}

func (e *groupEditor) replace(ctx context.Context, edit *groupEdit) {
	e.cache(nil)

	wanted := *edit.whole

	e.mu.Lock()
	wanted.kept = maps.Clone(e.kept)
	e.mu.Unlock()

	if edit.after, edit.err = e.groups.update(ctx, e.id, wanted); edit.err != nil {
		return
	}

	e.cache(&edit.after)

	if wanted.members == nil {
		return
	}

	e.keep(*wanted.members)

	e.mu.Lock()
	defer e.mu.Unlock()

	e.set = setOf(*wanted.members)
}

// apply carries out membership edits. It takes the group from the cache or reads it, replaces it, and then reads it back. If the service rejects
// several edits together, apply tries each half separately, so that the valid edits succeed. It sets the outcome of every edit.
func (e *groupEditor) apply(ctx context.Context, batch *groupBatch, edits []*groupEdit) {
	conflicts, lost := 0, 0
	edits = e.withoutKept(edits)

	for len(edits) > 0 {
		if err := editWait(ctx, conflicts+lost); err != nil {
			setOutcome(edits, err)

			return
		}

		current, err := e.current(ctx, batch, edits)
		if err != nil {
			setOutcome(edits, err)

			return
		}

		// A cached group may be outdated. In that case, a change may be needed even if the group seems to be as wanted, and a rejection may not be
		// due to the edits.
		isFresh := !current.arrived.Before(batch.begun)

		next, isChanged := current.document.withMembers(wantedBy(edits))
		if !isChanged && isFresh {
			setOutcome(edits, nil)
			e.remember(edits)

			return
		}

		e.cache(nil)

		if !isChanged {
			continue
		}

		err = e.groups.put(ctx, e.id, next, current.etag)

		switch {
		case e.groups.isConflict(ctx, e.id, err, current.etag):
			if conflicts++; conflicts == maxEdits {
				setOutcome(edits, e.groups.contested(err))

				return
			}
		case isAboutValues(err) && !isFresh:
		case isAboutValues(err) && len(edits) > 1:
			e.cacheAfterRefusal(current, err)

			half := len(edits) / 2
			e.apply(ctx, batch, edits[:half])
			e.apply(ctx, batch, edits[half:])

			return
		case err != nil && !transport.MayHaveBeenApplied(err):
			e.cacheAfterRefusal(current, err)
			setOutcome(edits, err)

			return
		default:
			edits = e.check(ctx, batch, edits, err)
			if lost++; lost > maxLostEdits && len(edits) > 0 {
				setOutcome(edits, e.groups.notApplied(e.id, describeMembers(wantedBy(edits))))

				return
			}
		}
	}
}

// withoutKept drops the removal of any user whom this run has added. Such a removal succeeds without a change.
func (e *groupEditor) withoutKept(edits []*groupEdit) []*groupEdit {
	e.mu.Lock()
	defer e.mu.Unlock()

	return slices.DeleteFunc(slices.Clone(edits), func(edit *groupEdit) bool {
		maps.DeleteFunc(edit.wanted, func(id string, isMember bool) bool { return !isMember && e.kept[id] })

		return len(edit.wanted) == 0
	})
}

// keep protects users from being removed from the group by later edits in this run.
func (e *groupEditor) keep(userIDs []string) {
	e.mu.Lock()
	defer e.mu.Unlock()

	for _, id := range userIDs {
		e.kept[id] = true
	}
}

// current returns the group on which to base a change. It returns the result of the last change if that result is recent or if the service detects
// concurrent changes. Otherwise, it reads the group.
func (e *groupEditor) current(ctx context.Context, batch *groupBatch, edits []*groupEdit) (version, error) {
	e.mu.Lock()
	cached := e.cached
	e.mu.Unlock()

	if cached != nil && (cached.isGuarded || time.Since(cached.arrived) < groupFresh) {
		return *cached, nil
	}

	return e.read(ctx, batch, edits)
}

// read reads the group and records which of this run's changes another program has undone.
func (e *groupEditor) read(ctx context.Context, batch *groupBatch, edits []*groupEdit) (version, error) {
	group, err := e.groups.read(ctx, e.id)
	if err != nil {
		return group, err
	}

	wanted := wantedBy(edits)

	e.mu.Lock()
	defer e.mu.Unlock()

	e.cached = &group

	for _, id := range slices.Sorted(maps.Keys(e.set)) {
		if _, isEdited := wanted[id]; !isEdited && group.hasMember(id) != e.set[id] {
			batch.undone = append(batch.undone, id)

			delete(e.set, id) // Report each undone change only once.
		}
	}

	return group, nil
}

// check reads the group back after a PUT, sets the outcome of the edits that were applied, and returns the edits that were not applied. failed is the
// error of a PUT that may have been applied.
func (e *groupEditor) check(ctx context.Context, batch *groupBatch, edits []*groupEdit, failed error) (missing []*groupEdit) {
	after, err := e.read(ctx, batch, edits)
	if err != nil {
		setOutcome(edits, cmp.Or(failed, err))

		return nil
	}

	var applied []*groupEdit

	for _, edit := range edits {
		if after.fulfils(edit.wanted) {
			applied = append(applied, edit)
		} else {
			missing = append(missing, edit)
		}
	}

	setOutcome(applied, nil)
	e.remember(applied)

	if failed != nil {
		setOutcome(missing, failed)

		return nil
	}

	return missing
}

// report tells the callers of a batch which earlier changes another program has undone, because the callers that made those changes have already
// returned.
func (e *groupEditor) report(batch *groupBatch) {
	if len(batch.undone) == 0 {
		return
	}

	text := "another program has undone this run's membership changes for these users: " + listed(batch.undone)

	for _, edit := range batch.edits {
		if failure, ok := errors.AsType[*transport.Error](edit.err); ok {
			edit.err = failure.WithNote("%s", text)
		} else if edit.err == nil {
			edit.err = e.groups.client.failure(transport.ReasonNotApplied, http.MethodPut, e.groups.objectPath(e.id), "%s", text)
		}
	}
}

// remember stores the memberships that this run has set.
func (e *groupEditor) remember(edits []*groupEdit) {
	e.mu.Lock()
	defer e.mu.Unlock()

	for _, edit := range edits {
		for id, isMember := range edit.wanted {
			e.set[id] = isMember

			if isMember {
				e.kept[id] = true
			}
		}
	}
}

// cache stores the current group, or nil if its state is uncertain.
func (e *groupEditor) cache(current *version) {
	e.mu.Lock()
	defer e.mu.Unlock()

	e.cached = current
}

// cacheAfterRefusal puts the group back in the cache if the rejected request is known to have changed nothing.
func (e *groupEditor) cacheAfterRefusal(current version, refusal error) {
	if isAboutValues(refusal) && !transport.MayHaveBeenApplied(refusal) {
		e.cache(&current)
	}
}

func (e *groupEditor) forgetUser(userID string) {
	e.mu.Lock()
	defer e.mu.Unlock()

	delete(e.set, userID)
	delete(e.kept, userID)

	e.cached = nil
}

func setOutcome(edits []*groupEdit, err error) {
	for _, edit := range edits {
		edit.err = err
	}
}

// wantedBy returns the memberships that the edits request: true for each user to add, and false for each user to remove.
func wantedBy(edits []*groupEdit) map[string]bool {
	wanted := make(map[string]bool)
	for _, edit := range edits {
		maps.Copy(wanted, edit.wanted)
	}

	return wanted
}

// isAboutValues reports whether a PUT was rejected because of its values. For example, a user may not exist, may need a seat that is not
// available, or may be in too many groups. Source: operation updateGroupWithPUT of the SCIM API.
func isAboutValues(err error) bool {
	failure, ok := errors.AsType[*transport.Error](err)
	if !ok || failure.Reason != transport.ReasonStatus {
		return false
	}

	switch failure.Status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity:
		return true
	default:
		return false
	}
}
