package provider

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

// connection contains the state of a run. The provider passes the connection to its data sources, resources and actions.
type connection struct {
	// client is nil if attributes of the provider are unknown.
	client *client.Client
	// unknown contains the names of the unknown provider attributes.
	unknown []string
	// signIn describes the credentials and where they were configured.
	signIn string
	// checkFirst tells the user what to check first if Celonis rejects the credentials, and is empty if the credentials look plausible.
	checkFirst string
	// tokenURLSource describes where the address of the token endpoint was configured, and is empty for the team's default endpoint.
	tokenURLSource string
	// maxRetryWait is the maximum wait before a retry, which the advice for rate limits mentions.
	maxRetryWait time.Duration
	// overlaps tracks which memberships the resources of the plan manage.
	overlaps *overlaps
	// planned tracks which objects the plan keeps and which it destroys.
	planned *plannedObjects
	// hinted contains the summaries of the hints that this run has already shown.
	hinted *sync.Map
}

// isFirstHint records a hint, and reports whether this run shows it for the first time. Several data sources may produce the same hint.
func (c *connection) isFirstHint(summary string) bool {
	_, shown := c.hinted.LoadOrStore(summary, true)

	return !shown
}

// show sanitises text for the user, line by line. Every error and warning passes through show, because any of them may contain text from
// the service.
func (c *connection) show(text string) string {
	if c == nil || c.client == nil {
		return text // Without a client, there is no text from the service.
	}

	lines := strings.Split(text, "\n")
	for index, line := range lines {
		indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
		lines[index] = indent + c.client.Show(line)
	}

	return strings.Join(lines, "\n")
}

// connectionFrom converts the provider data that the framework passes to Configure. The provider data is nil during validation.
func connectionFrom(data any, diagnostics *diag.Diagnostics) *connection {
	if data == nil {
		return nil
	}

	connected, ok := data.(*connection)
	if !ok {
		diagnostics.AddError("Unexpected provider data", fmt.Sprintf("Expected a connection, got %T. This is a bug in the provider. "+
			"Please report it.", data))
	}

	return connected
}

// use returns the client. Without a client, it returns nil and adds an error with the given summary.
func (c *connection) use(summary string, diagnostics *diag.Diagnostics) *client.Client {
	switch {
	case c == nil:
		diagnostics.AddError(summary, "The provider was not configured. This is a bug in the provider. Please report it.")

		return nil
	case c.client == nil:
		depends := " depends"
		if len(c.unknown) > 1 {
			depends = " depend"
		}

		diagnostics.AddError(summary,
			"The provider's configuration is not known yet: `"+strings.Join(c.unknown, "`, `")+"`"+depends+" on something that "+
				"Terraform has not created yet. The provider does not fall back to the environment, which may refer to another "+
				"team.\n\nWhat to do: use values that are known at plan time, such as variables, or first create the objects that the "+
				"provider depends on, with `-target` or in a separate configuration. Alternatively, add `depends_on` to a data "+
				"source, so that Terraform reads it only once these objects exist.")

		return nil
	default:
		return c.client
	}
}
