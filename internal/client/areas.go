package client

// Area is a part of the Celonis API that needs a scope of its own. Reads are shared, and dropped after a write, by area.
type Area string

// The areas. Each is named as an error may call it.
const (
	// AreaKnowledgeModels is the Knowledge Model API: models, their filters, KPIs, records, data and triggers.
	AreaKnowledgeModels Area = "Knowledge Model API"
	// AreaSubscriptions is the Event Subscription API, except for the triggers.
	AreaSubscriptions Area = "Event Subscription API"
	// AreaSCIM is the SCIM API: users and groups.
	AreaSCIM Area = "SCIM API"
	// AreaTeamMembers is the part of the Team API that lists the members.
	AreaTeamMembers Area = "Team API"
	// AreaLoginHistory is the part of the Team API that lists sign-ins.
	AreaLoginHistory Area = "Login History API"
	// AreaPermissions is the Permissions API: the export of what everybody may do.
	AreaPermissions Area = "Permissions API"
	// AreaAuditLogs is the Audit Log API.
	AreaAuditLogs Area = "Audit Log API"
)

// Scopes returns the OAuth scopes that a call to the area needs.
// Sources: developer.celonis.com/celonis-apis/auth, "Scopes"; for subscriptions developer.celonis.com/changelog; the OpenAPI
// files of the Team and Permissions APIs.
func (a Area) Scopes() []string {
	switch a {
	case AreaKnowledgeModels:
		return []string{"intelligence.knowledge-models:read"}
	case AreaSubscriptions:
		return []string{"intelligence.knowledge-models:read", "intelligence.subscriptions:manage"}
	case AreaSCIM:
		return []string{"user-provisioning.scim"}
	case AreaTeamMembers:
		return []string{"team.user-group-info:read"}
	case AreaLoginHistory:
		return []string{"team.login-history:read"}
	case AreaPermissions:
		return []string{"authorization.permissions:read"}
	case AreaAuditLogs:
		return []string{"audit.log:read"}
	default:
		return nil
	}
}

// Permission names what the identity must be granted in Celonis beside the scope.
// Sources: developer.celonis.com/intelligence-api/getting-started and
// developer.celonis.com/process-intelligence-apis/subscription-api/get-started/getting-started, "Authorization";
// docs.celonis.com, "Permissions". The vendor names none for the members of a team and for the export of permissions.
func (a Area) Permission() string {
	switch a {
	case AreaKnowledgeModels:
		return "USE PACKAGE on the Studio package that holds the Knowledge Model (Studio > the package > Permissions)"
	case AreaSubscriptions:
		return "USE PACKAGE and EDIT PACKAGE on the Studio package that holds the Knowledge Model (Studio > the package > Permissions)"
	case AreaSCIM:
		return "the permission User Provisioning > SCIM (Admin & Settings > Permissions), and SCIM must be switched on for the team (Admin & " +
			"Settings > Settings > Enable SCIM)"
	case AreaLoginHistory:
		return "the permission Team > Use Login History API (Admin & Settings > Permissions)"
	case AreaAuditLogs:
		return "the permission Team > Use Audit Logs API (Admin & Settings > Permissions)"
	case AreaTeamMembers, AreaPermissions:
		return "rights that Celonis does not name for this API (those of an administrator of the team will do)"
	default:
		return "the permission that the area needs"
	}
}

// Scopes returns the OAuth scopes that Celonis documents, with what each allows.
// Sources: developer.celonis.com/celonis-apis/auth, "Scopes"; docs.celonis.com/en/oauth-scopes.html.
func Scopes() map[string]string {
	return map[string]string{
		"action-engine.projects":                       "Action Engine projects.",
		"audit.log:read":                               "Reading the audit logs.",
		"authorization.permissions:read":               "Reading the export of permissions.",
		"integration.data-models:read":                 "Reading data models.",
		"integration.data-pools":                       "Data pools, their job executions and data model reloads.",
		"integration.data-pools:continuous_data_push":  "Pushing data to data pools continuously.",
		"integration.data-pools:data_push":             "Pushing data to data pools.",
		"integration.data-pools:query":                 "Querying data pools.",
		"integration.data-pools:read":                  "Reading data pools.",
		"intelligence.conversations:write":             "Conversations with Studio Copilots.",
		"intelligence.knowledge-models:read":           "Reading Knowledge Models, their data, filters, records, KPIs, specs and triggers.",
		"intelligence.subscriptions:manage":            "Managing subscriptions to triggers of Knowledge Models.",
		"intelligence.tools:execute":                   "Executing Copilot tools.",
		"knowledge-models.augmented-attributes:update": "Updating augmented attributes of Knowledge Models.",
		"knowledge-models:query":                       "Querying Knowledge Models in Studio.",
		"knowledge-models:read":                        "Reading Knowledge Models in Studio.",
		"machine-learning":                             "The Machine Learning Workbench.",
		"mcp-asset.tools:execute":                      "Executing the tools of MCP server assets.",
		"on-prem-client":                               "On-premises clients.",
		"orchestration-engine":                         "The Orchestration Engine.",
		"package-manager":                              "Studio's package manager.",
		"platform-adoption.tracking-events:read":       "Reading the tracking events of platform adoption.",
		"skills:execute":                               "Executing skills.",
		"skills:read":                                  "Reading skills.",
		"storage-manager.buckets":                      "Buckets of the File Storage Manager.",
		"studio":                                       "Studio.",
		"studio.packages:read":                         "Reading Studio packages.",
		"task-mining.clients:suspend":                  "Suspending Task Mining clients.",
		"task-mining.gateway":                          "The Task Mining gateway.",
		"task-mining.metadata:read":                    "Reading the metadata of Task Mining users.",
		"tasks:read":                                   "Reading tasks.",
		"tasks:update":                                 "Updating tasks.",
		"team.login-history:read":                      "Reading the team's login history.",
		"team.user-group-info:read":                    "Reading the team's users and groups.",
		"triggers:manage":                              "Managing triggers in Studio.",
		"triggers:read":                                "Reading triggers in Studio.",
		"user-provisioning.scim":                       "Provisioning users and groups (SCIM).",
	}
}
