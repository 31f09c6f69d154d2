package main

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
)

// connectedProvider is a provider that is signed in to a simulated team. Callers use the plugin protocol, as Terraform does.
type connectedProvider struct {
	tfprotov6.ProviderServer

	schema *tfprotov6.GetProviderSchemaResponse
	team   *simulator.Simulator
	close  func()
}

func connect(ctx context.Context, options simulator.Options) (*connectedProvider, error) {
	team, server, err := startTeam(options)
	if err != nil {
		return nil, err
	}

	connected := &connectedProvider{team: team, close: server.Close}
	if err := connected.signIn(ctx, server.URL); err != nil {
		server.Close()

		return nil, err
	}

	return connected, nil
}

func (p *connectedProvider) signIn(ctx context.Context, baseURL string) (err error) {
	if p.ProviderServer, err = celonisServer(); err != nil {
		return err
	}

	if p.schema, err = p.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{}); err != nil {
		return err
	}

	oauthClient := oauth.DefaultClient()

	config, err := object(p.schema.Provider, map[string]any{
		"base_url": baseURL, "client_id": oauthClient.ID, "client_secret": oauthClient.Secret, "requests_per_second": 0,
	})
	if err != nil {
		return err
	}

	configured, err := p.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.11.4", Config: config})
	if err != nil {
		return err
	}

	return firstError(configured.Diagnostics)
}

// apply creates a plan for a resource and carries it out. state contains the resource's current attributes and is nil for a new resource.
// configured contains the configured attributes.
func (p *connectedProvider) apply(ctx context.Context, kind string, state, configured map[string]any) error {
	schema := p.schema.ResourceSchemas[kind]

	config, err := object(schema, configured)
	if err != nil {
		return err
	}

	prior, err := object(schema, state)
	if err != nil {
		return err
	}

	together := make(map[string]any)
	maps.Copy(together, state)
	maps.Copy(together, configured)

	proposed, err := object(schema, together)
	if err != nil {
		return err
	}

	planned, err := p.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: kind, PriorState: prior, ProposedNewState: proposed, Config: config,
	})
	if err != nil {
		return err
	}

	if err := firstError(planned.Diagnostics); err != nil {
		return err
	}

	applied, err := p.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: kind, PriorState: prior, PlannedState: planned.PlannedState, Config: config, PlannedPrivate: planned.PlannedPrivate,
	})
	if err != nil {
		return err
	}

	return firstError(applied.Diagnostics)
}

// object encodes an object with the given attributes according to a schema. All other attributes are null. If attributes is nil, the object
// itself is null.
func object(schema *tfprotov6.Schema, attributes map[string]any) (*tfprotov6.DynamicValue, error) {
	kind, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		return nil, errors.New("the schema does not describe an object")
	}

	value := tftypes.NewValue(kind, nil)

	if attributes != nil {
		values := make(map[string]tftypes.Value)
		for name, attribute := range kind.AttributeTypes {
			values[name] = tftypes.NewValue(attribute, attributes[name])
		}

		value = tftypes.NewValue(kind, values)
	}

	encoded, err := tfprotov6.NewDynamicValue(kind, value)

	return &encoded, err
}

// firstError returns the first error in the diagnostics.
func firstError(all ...[]*tfprotov6.Diagnostic) error {
	for _, diagnostics := range all {
		for _, diagnostic := range diagnostics {
			if diagnostic.Severity == tfprotov6.DiagnosticSeverityError {
				return fmt.Errorf("%s: %s", diagnostic.Summary, diagnostic.Detail)
			}
		}
	}

	return nil
}
