package client

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	// gatherQuiet is how long nobody else must have come before gathered calls are carried out.
	gatherQuiet = 25 * time.Millisecond

	// gatherAtMost bounds the gathering.
	gatherAtMost = 500 * time.Millisecond

	// groupFresh is how old what is known of a group may be to begin a change with, where the service would not notice that it has
	// changed meanwhile.
	groupFresh = time.Second
)

// AddGroupMember puts a user into a group; one who is in it already is as good. Calls about one group that are under way at the same
// time share requests: one PUT for all of them, since SCIM knows the members only as an attribute of their group and replaces the
// group as a whole, and one read that shows what became of it. A user whom the service refuses fails no other call.
//
// Other programs may change the group at the same time. A service with ETags refuses changes of what has been changed; without them a
// change may be lost, which the read back shows, and it is made again a few times before the call fails with [ReasonNotTaken]. What was
// lost after its call had ended shows in the next call about the group, which then fails like that. What is lost after the run's last
// call about the group, no call can show. Nor does it show if the service names only some of the members of a large group: the others
// would be lost.
func (c *Client) AddGroupMember(ctx context.Context, groupID, userID string) error {
	return c.scim.editors.of(c, groupID).do(ctx, &groupEdit{userID: userID, isMember: true})
}

// RemoveGroupMember removes a user from a group, as [Client.AddGroupMember] adds one. It succeeds if the user is not in the group. It
// also succeeds, without a removal, if this run has added the user or has found the user there when it wanted to: a resource may be
// created before the one that it replaces is destroyed, and both stand for the same membership.
func (c *Client) RemoveGroupMember(ctx context.Context, groupID, userID string) error {
	return c.scim.editors.of(c, groupID).do(ctx, &groupEdit{userID: userID})
}

// groupEditors are the editors of all groups that a run has changed.
type groupEditors struct {
	mu      sync.Mutex
	byGroup map[string]*groupEditor
}

// of returns the editor of a group.
func (e *groupEditors) of(client *Client, groupID string) *groupEditor {
	e.mu.Lock()
	defer e.mu.Unlock()

	if e.byGroup == nil {
		e.byGroup = make(map[string]*groupEditor)
	}

	editor := e.byGroup[groupID]
	if editor == nil {
		editor = &groupEditor{
			kind: client.groups(), id: groupID, changed: make(chan struct{}, 1), set: make(map[string]bool),
			kept: make(map[string]bool),
		}
		e.byGroup[groupID] = editor
	}

	return editor
}

// forgetUser makes the editors expect nothing of a user who is deleted, and of groups that were read when there still was one.
func (e *groupEditors) forgetUser(userID string) {
	e.mu.Lock()
	defer e.mu.Unlock()

	for _, editor := range e.byGroup {
		editor.forgetUser(userID)
	}
}

// groupEdit is what one caller wants of a group: a user in it or not in it, or, unless whole is nil, anything else.
type groupEdit struct {
	userID   string
	isMember bool
	whole    *scimWishes

	// batch is nil while the edit is in the queue. The editor's lock guards it.
	batch *groupBatch
	done  chan struct{} // Closed once after and err are set.
	after version
	err   error
}

// groupBatch is what one worker carries out at once.
type groupBatch struct {
	edits []*groupEdit
	// waiting counts the callers who have not gone, and cancel ends the work when it is 0. The editor's lock guards them.
	waiting int
	cancel  context.CancelFunc
	begun   time.Time
	// undone are users whose membership, set earlier in this run, is not so any more.
	undone []string
}

// groupEditor changes one group, for all callers of a run. A worker runs while there are edits, one at most.
type groupEditor struct {
	kind scimKind[Group]
	id   string
	// changed has room for one sign that the queue has.
	changed chan struct{}

	mu        sync.Mutex
	queue     []*groupEdit
	isRunning bool
	// known is the group after the last change, nil where that is not sure.
	known *version
	// set holds who is to be in the group or not, by what this run has done.
	set map[string]bool
	// kept holds the users whom this run has added, or has found in the group when it wanted to. Unlike set, it does not follow what
	// other programs do.
	kept map[string]bool
	// previous is how many edits there were when the last batch ended, at the time ended, with those who had come meanwhile: as many
	// callers may be there again.
	previous int
	ended    time.Time
}

// do has an edit carried out, and waits for that.
func (e *groupEditor) do(ctx context.Context, edit *groupEdit) error {
	if err := ctx.Err(); err != nil {
		return AsError(ctx, err)
	}

	edit.done = make(chan struct{})

	e.mu.Lock()
	e.queue = append(e.queue, edit)

	if !e.isRunning {
		e.isRunning = true

		go e.work(context.WithoutCancel(ctx))
	}
	e.mu.Unlock()

	e.signal()

	select {
	case <-edit.done:
		return edit.err
	case <-ctx.Done():
		e.leave(edit)

		return AsError(ctx, ctx.Err())
	}
}

// signal tells the worker that the queue has changed.
func (e *groupEditor) signal() {
	select {
	case e.changed <- struct{}{}:
	default:
	}
}

// leave takes the edit of a caller who has gone out of the queue. Work that is under way ends when it is for nobody.
func (e *groupEditor) leave(edit *groupEdit) {
	e.mu.Lock()
	defer e.mu.Unlock()

	if edit.batch == nil {
		e.queue = slices.DeleteFunc(e.queue, func(queued *groupEdit) bool { return queued == edit })
		e.signal()

		return
	}

	if edit.batch.waiting--; edit.batch.waiting == 0 {
		edit.batch.cancel()
	}
}

// work carries out edits until there are none.
func (e *groupEditor) work(ctx context.Context) {
	for e.goesOn() {
		e.gather()

		batch, ctx := e.take(ctx)
		if batch == nil {
			continue
		}

		if whole := batch.edits[0]; whole.whole != nil {
			e.replace(ctx, whole)
		} else {
			e.apply(ctx, batch, batch.edits)
			e.report(batch)
		}

		e.end(batch)
	}
}

// goesOn reports whether there is something to do. If there is not, the worker has ended.
func (e *groupEditor) goesOn() bool {
	e.mu.Lock()
	defer e.mu.Unlock()

	e.isRunning = len(e.queue) > 0

	return e.isRunning
}

// gather waits for as long as calls keep coming, and for as many as there were the last time: who has just been answered often asks
// for the next thing at once.
func (e *groupEditor) gather() {
	longest := time.NewTimer(gatherAtMost)
	defer longest.Stop()

	for e.mayGather() {
		quiet := time.NewTimer(gatherQuiet)

		select {
		case <-e.changed:
			quiet.Stop()
		case <-longest.C:
			quiet.Stop()

			return
		case <-quiet.C:
			if e.isComplete() {
				return
			}
		}
	}
}

// mayGather reports whether there is a caller whose edit can share requests with others.
func (e *groupEditor) mayGather() bool {
	e.mu.Lock()
	defer e.mu.Unlock()

	return len(e.queue) > 0 && e.queue[0].whole == nil
}

func (e *groupEditor) isComplete() bool {
	e.mu.Lock()
	defer e.mu.Unlock()

	return len(e.queue) >= e.previous || time.Since(e.ended) > groupFresh
}

// take takes what can be carried out at once out of the queue: one edit of a whole group, or edits of memberships up to one that
// contradicts another.
func (e *groupEditor) take(ctx context.Context) (*groupBatch, context.Context) {
	e.mu.Lock()
	defer e.mu.Unlock()

	count := 0
	wanted := make(map[string]bool)

	for _, edit := range e.queue {
		other, twice := wanted[edit.userID]
		if edit.whole != nil || twice && other != edit.isMember {
			break
		}

		wanted[edit.userID] = edit.isMember
		count++
	}

	if count == 0 {
		count = min(1, len(e.queue))
	}

	if count == 0 {
		return nil, ctx // All callers have gone.
	}

	ctx, cancel := context.WithCancel(ctx)
	batch := &groupBatch{edits: slices.Clone(e.queue[:count]), waiting: count, cancel: cancel, begun: time.Now()}
	e.queue = slices.Delete(e.queue, 0, count)

	for _, edit := range batch.edits {
		edit.batch = batch
	}

	return batch, ctx
}

// end answers the callers of a batch.
func (e *groupEditor) end(batch *groupBatch) {
	batch.cancel()

	e.mu.Lock()
	e.previous, e.ended = len(batch.edits)+len(e.queue), time.Now()
	e.mu.Unlock()

	for _, edit := range batch.edits {
		close(edit.done)
	}
}

// replace carries out an edit of a whole group.
func (e *groupEditor) replace(ctx context.Context, edit *groupEdit) {
	e.know(nil)

	e.mu.Lock()
	edit.whole.kept = maps.Clone(e.kept)
	e.mu.Unlock()

	if edit.after, edit.err = e.kind.update(ctx, e.id, *edit.whole); edit.err != nil {
		return
	}

	e.know(&edit.after)

	if edit.whole.members == nil {
		return
	}

	e.keep(*edit.whole.members)

	e.mu.Lock()
	defer e.mu.Unlock()

	clear(e.set)

	for _, id := range *edit.whole.members {
		e.set[id] = true
	}
}

// apply carries out edits of memberships: it changes the group as it is known or read, replaces it, and reads it back. Edits that the
// service refuses together are tried in halves, so that those which are good come through. Every edit gets its outcome.
func (e *groupEditor) apply(ctx context.Context, batch *groupBatch, edits []*groupEdit) {
	conflicts, lost := 0, 0
	edits = e.withoutKept(edits)

	for len(edits) > 0 {
		if err := editWait(ctx, conflicts+lost); err != nil {
			settle(edits, err)

			return
		}

		current, err := e.current(ctx, batch, edits)
		if err != nil {
			settle(edits, err)

			return
		}

		// Only what was read for this batch tells that nothing is to be done, or that a refusal is about the edits.
		isFresh := !current.arrived.Before(batch.begun)

		next, changed, err := withEdits(current.document, edits)
		if err != nil || !changed && isFresh {
			settle(edits, err)

			if err == nil {
				e.remember(edits)
			}

			return
		}

		e.know(nil)

		if !changed {
			continue
		}

		err = e.kind.put(ctx, e.id, next, current.etag)

		switch {
		case e.kind.isConflict(ctx, e.id, err, current.etag):
			if conflicts++; conflicts == maxEdits {
				settle(edits, e.kind.contested(err))

				return
			}
		case isAboutValues(err) && !isFresh:
		case isAboutValues(err) && len(edits) > 1:
			e.knowAfterRefusal(current, err)

			half := len(edits) / 2
			e.apply(ctx, batch, edits[:half])
			e.apply(ctx, batch, edits[half:])

			return
		case err != nil && !MayHaveBeenApplied(err):
			e.knowAfterRefusal(current, err)
			settle(edits, err)

			return
		default:
			edits = e.check(ctx, batch, edits, err)
			if lost++; lost > maxLostEdits && len(edits) > 0 {
				settle(edits, e.kind.notTaken(e.id, describe(edits)))

				return
			}
		}
	}
}

// withoutKept leaves out the removals of users whom this run has added. They have succeeded by that.
func (e *groupEditor) withoutKept(edits []*groupEdit) []*groupEdit {
	e.mu.Lock()
	defer e.mu.Unlock()

	return slices.DeleteFunc(slices.Clone(edits), func(edit *groupEdit) bool { return !edit.isMember && e.kept[edit.userID] })
}

// keep notes users whom no removal in this run takes out of the group.
func (e *groupEditor) keep(userIDs []string) {
	e.mu.Lock()
	defer e.mu.Unlock()

	for _, id := range userIDs {
		e.kept[id] = true
	}
}

// current returns the group to begin with: as the last change left it if that is sure or was just now, else as it is read.
func (e *groupEditor) current(ctx context.Context, batch *groupBatch, edits []*groupEdit) (version, error) {
	e.mu.Lock()
	known := e.known
	e.mu.Unlock()

	if known != nil && (known.isGuarded || time.Since(known.arrived) < groupFresh) {
		return *known, nil
	}

	return e.read(ctx, batch, edits)
}

// read reads the group, and notes what has been undone of what this run has set.
func (e *groupEditor) read(ctx context.Context, batch *groupBatch, edits []*groupEdit) (version, error) {
	got, err := e.kind.read(ctx, e.id)
	if err != nil {
		return got, err
	}

	members, err := membersOf(got.document)
	if err != nil {
		return got, err
	}

	e.mu.Lock()
	defer e.mu.Unlock()

	e.known = &got

	for _, id := range slices.Sorted(maps.Keys(e.set)) {
		isEdited := slices.ContainsFunc(edits, func(edit *groupEdit) bool { return edit.userID == id })
		if _, isMember := members[id]; isMember != e.set[id] && !isEdited {
			batch.undone = append(batch.undone, id)

			delete(e.set, id) // It is said once.
		}
	}

	return got, nil
}

// check reads the group back after a PUT, settles the edits that are carried out, and returns the others. failed is how the PUT
// failed where nobody knows whether it was carried out.
func (e *groupEditor) check(ctx context.Context, batch *groupBatch, edits []*groupEdit, failed error) (missing []*groupEdit) {
	after, err := e.read(ctx, batch, edits)
	if err != nil {
		settle(edits, cmp.Or(failed, err))

		return nil
	}

	members, err := membersOf(after.document)
	if err != nil { // It was read without one.
		settle(edits, err)

		return nil
	}

	var held []*groupEdit

	for _, edit := range edits {
		if _, isMember := members[edit.userID]; isMember == edit.isMember {
			held = append(held, edit)
		} else {
			missing = append(missing, edit)
		}
	}

	settle(held, nil)
	e.remember(held)

	if failed != nil {
		settle(missing, failed)

		return nil
	}

	return missing
}

// report tells the callers of a batch what has been undone of earlier ones: their callers have been told that it was done.
func (e *groupEditor) report(batch *groupBatch) {
	if len(batch.undone) == 0 {
		return
	}

	text := "another program has undone what this run had set about these users in the group: " + listed(batch.undone)

	for _, edit := range batch.edits {
		if failure, ok := errors.AsType[*Error](edit.err); ok {
			edit.err = failure.WithNote("%s", text)
		} else if edit.err == nil {
			edit.err = e.kind.failure(ReasonNotTaken, http.MethodPut, e.kind.objectPath(e.id), "%s", text)
		}
	}
}

// remember notes what this run has set.
func (e *groupEditor) remember(edits []*groupEdit) {
	e.mu.Lock()
	defer e.mu.Unlock()

	for _, edit := range edits {
		e.set[edit.userID] = edit.isMember

		if edit.isMember {
			e.kept[edit.userID] = true
		}
	}
}

// know sets what the group is known to be, nil where that is not sure.
func (e *groupEditor) know(current *version) {
	e.mu.Lock()
	defer e.mu.Unlock()

	e.known = current
}

// knowAfterRefusal keeps what the group is known to be where a refusal surely has changed nothing.
func (e *groupEditor) knowAfterRefusal(current version, refusal error) {
	if isAboutValues(refusal) && !MayHaveBeenApplied(refusal) {
		e.know(&current)
	}
}

func (e *groupEditor) forgetUser(userID string) {
	e.mu.Lock()
	defer e.mu.Unlock()

	delete(e.set, userID)
	delete(e.kept, userID)

	e.known = nil
}

// settle gives edits their outcome.
func settle(edits []*groupEdit, err error) {
	for _, edit := range edits {
		edit.err = err
	}
}

// describe says what the edits wanted and did not get.
func describe(edits []*groupEdit) []string {
	var missing, surplus []string

	for _, edit := range edits {
		if edit.isMember {
			missing = append(missing, edit.userID)
		} else {
			surplus = append(surplus, edit.userID)
		}
	}

	slices.Sort(missing)
	slices.Sort(surplus)

	var texts []string
	if len(missing) > 0 {
		texts = append(texts, "these users are not in the group: "+listed(missing))
	}

	if len(surplus) > 0 {
		texts = append(texts, "these users still are in the group: "+listed(surplus))
	}

	return append(texts, "another program may change the group at the same time, or the service does not name all members of a large group")
}

// isAboutValues reports whether a PUT was refused for what was in it, such as a user whom the service does not know, has no seat for or
// finds in too many groups. Source: operation updateGroupWithPUT of the SCIM API.
func isAboutValues(err error) bool {
	failure, ok := errors.AsType[*Error](err)
	if !ok || failure.Reason != ReasonStatus {
		return false
	}

	switch failure.Status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity:
		return true
	default:
		return false
	}
}

// withEdits returns a group with its members as the edits want them, and whether that is a change.
func withEdits(group document, edits []*groupEdit) (next document, changed bool, err error) {
	current, _, err := group.members()
	if err != nil {
		return nil, false, err
	}

	ids := make([]string, 0, len(current)+len(edits))
	for _, one := range current {
		ids = append(ids, one.id)
	}

	for _, edit := range edits {
		index := slices.Index(ids, edit.userID)

		switch {
		case edit.isMember && index < 0:
			ids = append(ids, edit.userID)
		case !edit.isMember && index >= 0:
			ids = slices.Delete(ids, index, index+1)
		default:
			continue
		}

		changed = true
	}

	if !changed {
		return group, false, nil
	}

	next = maps.Clone(group)

	return next, true, next.setMembers(ids)
}

// membersOf returns who is in a group.
func membersOf(group document) (map[string]struct{}, error) {
	members, _, err := group.members()
	if err != nil {
		return nil, InvalidResponse(0, "the group: %v", err)
	}

	ids := make(map[string]struct{}, len(members))
	for _, one := range members {
		ids[one.id] = struct{}{}
	}

	return ids, nil
}
