package provider

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

// connection is what the provider hands to its objects.
type connection struct {
	// client is nil as long as attributes of the provider are unknown.
	client *client.Client
	// unknown names those attributes.
	unknown []string
	// signIn says which credentials are used, and where they came from.
	signIn string
	// checkFirst is what to check first if Celonis refuses the credentials, empty if there is nothing in particular.
	checkFirst string
	// tokenURLSource says where the address of the token endpoint came from, empty for the team's own.
	tokenURLSource string
	// maxRetryWait is named in the advice for rate limits.
	maxRetryWait time.Duration
	// overlaps holds which memberships the resources of the plan manage.
	overlaps *overlaps
	// planned holds which objects the plan keeps and which it destroys.
	planned *plannedObjects
	// hinted holds the summaries of the hints that the run has shown.
	hinted *sync.Map
}

// isFirstHint reports whether the run has not shown this hint yet: many data sources may have the same cause.
func (c *connection) isFirstHint(summary string) bool {
	_, shown := c.hinted.LoadOrStore(summary, true)

	return !shown
}

// show returns a text for the user as it may be shown, line by line. What it holds may come from the service: this is where every
// error and every warning passes.
func (c *connection) show(text string) string {
	if c == nil || c.client == nil {
		return text // There are no words of the service without a client.
	}

	lines := strings.Split(text, "\n")
	for index, line := range lines {
		indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
		lines[index] = indent + c.client.Show(line)
	}

	return strings.Join(lines, "\n")
}

// connectionFrom reads what the framework hands to an object's Configure: nothing at validation.
func connectionFrom(data any, diagnostics *diag.Diagnostics) *connection {
	if data == nil {
		return nil
	}

	connected, ok := data.(*connection)
	if !ok {
		diagnostics.AddError("Unexpected provider data", fmt.Sprintf("A %T came where a connection was expected. This is a bug in "+
			"the provider: please report it.", data))
	}

	return connected
}

// use returns the client, or reports why there is none. summary is that of the error.
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
