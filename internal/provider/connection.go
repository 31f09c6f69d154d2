package provider

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

// connection is what the provider passes to its data sources, resources and actions.
type connection struct {
	// client is nil if attributes of the provider are unknown.
	client *client.Client
	// unknown names those attributes.
	unknown []string
	// signIn has the credentials, and where they were configured.
	signIn string
	// checkFirst is what to check first if Celonis rejects the credentials. It is empty if nothing looks wrong.
	checkFirst string
	// tokenURLSource is where the address of the token endpoint was configured. It is empty for the team's own endpoint.
	tokenURLSource string
	// maxRetryWait is mentioned in the advice for rate limits.
	maxRetryWait time.Duration
	// overlaps records which memberships the resources of the plan manage.
	overlaps *overlaps
	// planned records which objects the plan keeps and which it destroys.
	planned *plannedObjects
	// hinted contains the summaries of the hints that the run has shown.
	hinted *sync.Map
}

// isFirstHint reports whether the run has not shown this hint yet: many data sources may have the same cause.
func (c *connection) isFirstHint(summary string) bool {
	_, shown := c.hinted.LoadOrStore(summary, true)

	return !shown
}

// show makes text for the user safe to show, line by line. Every error and every warning passes through it, because they may contain text
// from the service.
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

// connectionFrom reads the provider data that the framework passes to Configure. It is nil during validation.
func connectionFrom(data any, diagnostics *diag.Diagnostics) *connection {
	if data == nil {
		return nil
	}

	connected, ok := data.(*connection)
	if !ok {
		diagnostics.AddError("Unexpected provider data", fmt.Sprintf("A connection was expected, not a %T. This is a bug in "+
			"the provider: please report it.", data))
	}

	return connected
}

// use returns the client, or reports an error with the given summary if there is none.
func (c *connection) use(summary string, diagnostics *diag.Diagnostics) *client.Client {
	switch {
	case c == nil:
		diagnostics.AddError(summary, "The provider was not configured. This is a bug in the provider: please report it.")

		return nil
	case c.client == nil:
		depends := " depends"
		if len(c.unknown) > 1 {
			depends = " depend"
		}

		diagnostics.AddError(summary,
			"The provider's configuration is not known yet: `"+strings.Join(c.unknown, "`, `")+"`"+depends+" on something that "+
				"Terraform has not created. The environment is not used in its place, since that might name another team.\n\n"+
				"What to do: use values that are known when planning, such as variables; or create what the provider depends on "+
				"first, with `-target` or in a configuration of its own. A data source can also wait for it with `depends_on`.")

		return nil
	default:
		return c.client
	}
}
