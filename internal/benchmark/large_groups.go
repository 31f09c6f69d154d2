package main

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

const (
	managedMembers = 3000
	readMembers    = 6000

	// These are limits on the CPU time in seconds. CPU time depends little on the machine's load. Each limit is several times the expected
	// time, but only a fraction of the time that a pairwise comparison of the members would take.
	managedLimit = 10.0
	readLimit    = 15.0
)

// largeGroups refreshes and plans one group with many members over the plugin protocol, and reads another with the data source.
func largeGroups(ctx context.Context) ([]result, error) {
	managed, err := newLargeGroup(ctx, managedMembers)
	if err != nil {
		return nil, err
	}
	defer managed.close()

	planned, err := managed.planWithoutChanges(ctx)
	if err != nil {
		return nil, err
	}

	read, err := newLargeGroup(ctx, readMembers)
	if err != nil {
		return nil, err
	}
	defer read.close()

	took, err := read.dataSource(ctx)

	return []result{
		{
			work: "plan a group of 3,000 members without changes: CPU time, limit 10 s", measured: planned.Seconds(), ideal: managedLimit,
			unit: "s", limit: 1, plain: "over 40 s with pairwise comparison of members",
		},
		{
			work: "data source of a group of 6,000 members: CPU time, limit 15 s", measured: took.Seconds(), ideal: readLimit, unit: "s",
			limit: 1, plain: "about 20 s with pairwise comparison of members",
		},
	}, err
}

const (
	groupType = "celonis_group"
	groupID   = "large-group"
	groupName = "Large group"
)

// largeGroup is a provider that is connected to a team with a single large group.
type largeGroup struct {
	*connectedProvider

	ids []tftypes.Value
}

func newLargeGroup(ctx context.Context, members int) (*largeGroup, error) {
	connected, err := connect(ctx, simulator.Options{SCIM: scim.Options{GeneratedUsers: members}})
	if err != nil {
		return nil, err
	}

	large := &largeGroup{connectedProvider: connected}
	group := scim.Group{ID: groupID, DisplayName: groupName}

	for _, user := range connected.team.Users() {
		group.Members = append(group.Members, user.ID)
		large.ids = append(large.ids, tftypes.NewValue(tftypes.String, user.ID))
	}

	connected.team.AddGroup(group)

	return large, nil
}

// planWithoutChanges validates, refreshes and plans the unchanged group, and returns the CPU time.
func (s *largeGroup) planWithoutChanges(ctx context.Context) (time.Duration, error) {
	schema := s.schema.ResourceSchemas[groupType]

	config, err := object(schema, map[string]any{"display_name": groupName, "member_ids": s.ids})
	if err != nil {
		return 0, err
	}

	state, err := object(schema, map[string]any{"id": groupID, "display_name": groupName, "member_ids": s.ids})
	if err != nil {
		return 0, err
	}

	start := cpuTime()

	validated, err := s.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: groupType, Config: config})
	if err != nil {
		return 0, err
	}

	read, err := s.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: groupType, CurrentState: state})
	if err != nil {
		return 0, err
	}

	planned, err := s.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: groupType, PriorState: read.NewState, ProposedNewState: read.NewState, Config: config,
	})
	if err != nil {
		return 0, err
	}

	took := cpuTime() - start

	if err := firstError(validated.Diagnostics, read.Diagnostics, planned.Diagnostics); err != nil {
		return 0, err
	}

	after, err := planned.PlannedState.Unmarshal(schema.ValueType())
	if err != nil {
		return 0, err
	}

	if members, err := membersIn(after); err != nil || members != managedMembers {
		return 0, fmt.Errorf("the plan contains %d members: %w", members, err)
	}

	return took, nil
}

// dataSource reads the group with the data source, and returns the CPU time.
func (s *largeGroup) dataSource(ctx context.Context) (time.Duration, error) {
	schema := s.schema.DataSourceSchemas[groupType]

	config, err := object(schema, map[string]any{"id": groupID})
	if err != nil {
		return 0, err
	}

	start := cpuTime()

	read, err := s.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: groupType, Config: config})
	if err != nil {
		return 0, err
	}

	took := cpuTime() - start

	if err := firstError(read.Diagnostics); err != nil {
		return 0, err
	}

	state, err := read.State.Unmarshal(schema.ValueType())
	if err != nil {
		return 0, err
	}

	if members, err := membersIn(state); err != nil || members != readMembers {
		return 0, fmt.Errorf("the state contains %d members: %w", members, err)
	}

	return took, nil
}

// cpuTime returns the CPU time that this process has used.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // Getrusage fails only for invalid arguments.
	}

	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// membersIn counts the members of a group in its state.
func membersIn(state tftypes.Value) (int, error) {
	var (
		group   map[string]tftypes.Value
		members []tftypes.Value
	)

	if err := state.As(&group); err != nil {
		return 0, err
	}

	err := group["member_ids"].As(&members)

	return len(members), err
}
