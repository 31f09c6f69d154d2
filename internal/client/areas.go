package client

import (
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// The API areas. The Knowledge Model and Subscription APIs also return 404 with the codes GENERAL_NOTFOUND_PATH and LIMIT_*, which do not mean
// that an object is missing. Sources of the scopes: developer.celonis.com/celonis-apis/auth, "Scopes"; for subscriptions,
// developer.celonis.com/changelog; the OpenAPI files of the Team and Permissions APIs. Sources of the permissions:
// developer.celonis.com/intelligence-api/getting-started and
// developer.celonis.com/process-intelligence-apis/subscription-api/get-started/getting-started, "Authorization"; docs.celonis.com,
// "Permissions". The vendor does not document which permission is required to list team members or to export permissions. Sources of the codes:
// the error catalogs of the Knowledge Model and Subscription APIs.
//
//nolint:gochecknoglobals // They never change.
var (
	// AreaKnowledgeModels is the Knowledge Model API: models, their filters, KPIs, records, data and triggers.
	AreaKnowledgeModels = transport.Area{
		Name:       "Knowledge Model API",
		Scopes:     []string{"intelligence.knowledge-models:read"},
		Permission: "USE PACKAGE on the Studio package that contains the Knowledge Model (Studio > the package > Permissions)",
		GoneCodes:  intelligenceGoneCodes,
	}
	// AreaSubscriptions is the Event Subscription API, except for triggers, which belong to AreaKnowledgeModels.
	AreaSubscriptions = transport.Area{
		Name:   "Event Subscription API",
		Scopes: []string{"intelligence.knowledge-models:read", "intelligence.subscriptions:manage"},
		Permission: "USE PACKAGE and EDIT PACKAGE on the Studio package that contains the Knowledge Model (Studio > the package > " +
			"Permissions)",
		GoneCodes: intelligenceGoneCodes,
	}
	// AreaTeamMembers is the part of the Team API that lists team members.
	AreaTeamMembers = transport.Area{
		Name: "Team API", Scopes: []string{"team.user-group-info:read"}, Permission: undocumentedPermission,
	}
	// AreaLoginHistory is the part of the Team API that lists sign-ins.
	AreaLoginHistory = transport.Area{
		Name: "Login History API", Scopes: []string{"team.login-history:read"},
		Permission: "the Team > Use Login History API permission (Admin & Settings > Permissions)",
	}
	// AreaPermissions is the Permissions API, which exports all of the team's permissions.
	AreaPermissions = transport.Area{
		Name: "Permissions API", Scopes: []string{"authorization.permissions:read"}, Permission: undocumentedPermission,
	}
	// AreaAuditLogs is the Audit Log API.
	AreaAuditLogs = transport.Area{
		Name: "Audit Log API", Scopes: []string{"audit.log:read"},
		Permission: "the Team > Use Audit Logs API permission (Admin & Settings > Permissions)",
	}

	intelligenceGoneCodes = []string{"KM_*_NOTFOUND", "SUBSCRIPTION_*_NOTFOUND"}
)

const undocumentedPermission = "permissions that Celonis does not document for this API (a team administrator's permissions are sufficient)"

// Scopes returns the OAuth scopes that Celonis documents, each with a description of what the scope allows. Sources:
// developer.celonis.com/celonis-apis/auth, "Scopes"; docs.celonis.com/en/oauth-scopes.html; for the studio scope, the older guides to the Knowledge
// Model and Subscription APIs.
func Scopes() map[string]string {
	return map[string]string{
		"action-engine.projects":                      "Grants access to Action Engine projects.",
		"audit.log:read":                              "Grants read access to the team's audit log.",
		"authorization.permissions:read":              "Grants read access to the export of the team's permissions.",
		"integration.data-models:read":                "Grants read access to data models.",
		"integration.data-pools":                      "Grants permission to manage data pools, including job executions and data model reloads.",
		"integration.data-pools:continuous_data_push": "Grants permission to push data to data pools continuously.",
		"integration.data-pools:data_push":            "Grants permission to push data to data pools.",
		"integration.data-pools:query":                "Grants permission to query data pools.",
		"integration.data-pools:read":                 "Grants read access to data pools.",
		"intelligence.conversations:write":            "Grants permission to chat with Studio Copilots.",
		"intelligence.knowledge-models:read": "Grants read access to Knowledge Models, including their data, filters, records, KPIs, OData " +
			"metadata, specs and triggers.",
		"intelligence.subscriptions:manage":            "Grants permission to manage event subscriptions to Knowledge Model triggers.",
		"intelligence.tools:execute":                   "Grants permission to run Copilot tools.",
		"knowledge-models.augmented-attributes:update": "Grants permission to update the augmented attributes of Knowledge Models.",
		"knowledge-models:query":                       "Grants permission to query Knowledge Models in Studio.",
		"knowledge-models:read":                        "Grants read access to Knowledge Models in Studio.",
		"machine-learning":                             "Grants access to the Machine Learning Workbench.",
		"mcp-asset.tools:execute":                      "Grants permission to run the tools of MCP server assets.",
		"on-prem-client":                               "Grants on-premises clients access to the team.",
		"orchestration-engine":                         "Grants access to the Orchestration Engine.",
		"package-manager":                              "Grants access to Studio's package manager.",
		"platform-adoption.tracking-events:read":       "Grants permission to read tracking events from the Platform Adoption API.",
		"skills:execute":                               "Grants permission to run skills.",
		"skills:read":                                  "Grants read access to skills.",
		"storage-manager.buckets":                      "Grants access to File Storage Manager buckets.",
		"studio": "Grants access to Studio. Older guides use this scope for the Knowledge Model and Subscription " +
			"APIs.",
		"studio.packages:read":        "Grants read access to Studio packages.",
		"task-mining.clients:suspend": "Grants permission to suspend Task Mining clients.",
		"task-mining.gateway":         "Grants access to the Task Mining gateway.",
		"task-mining.metadata:read":   "Grants read access to Task Mining user metadata.",
		"tasks:read":                  "Grants read access to tasks.",
		"tasks:update":                "Grants permission to update tasks.",
		"team.login-history:read":     "Grants read access to the team's login history.",
		"team.user-group-info:read":   "Grants read access to the team's members and their groups.",
		"triggers:manage":             "Grants permission to manage triggers in Studio.",
		"triggers:read":               "Grants read access to triggers in Studio.",
		"user-provisioning.scim":      "Grants permission to provision users and groups with SCIM.",
	}
}
