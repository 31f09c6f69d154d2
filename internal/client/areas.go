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

// Scopes returns the OAuth scopes that Celonis documents, each with a sentence that says what it allows.
// Sources: developer.celonis.com/celonis-apis/auth, "Scopes"; docs.celonis.com/en/oauth-scopes.html; for studio the older guides to the
// Knowledge Model and Subscription APIs.
func Scopes() map[string]string {
	return map[string]string{
		"action-engine.projects":                      "Allows access to Action Engine projects.",
		"audit.log:read":                              "Allows reading the audit log of the team.",
		"authorization.permissions:read":              "Allows reading the permissions export of the team.",
		"integration.data-models:read":                "Allows reading data models.",
		"integration.data-pools":                      "Allows managing data pools, including job executions and data model reloads.",
		"integration.data-pools:continuous_data_push": "Allows pushing data to data pools continuously.",
		"integration.data-pools:data_push":            "Allows pushing data to data pools.",
		"integration.data-pools:query":                "Allows querying data pools.",
		"integration.data-pools:read":                 "Allows reading data pools.",
		"intelligence.conversations:write":            "Allows holding conversations with Studio Copilots.",
		"intelligence.knowledge-models:read": "Allows reading Knowledge Models with their data, filters, records, KPIs, OData metadata, specs " +
			"and triggers.",
		"intelligence.subscriptions:manage":            "Allows managing event subscriptions to triggers of Knowledge Models.",
		"intelligence.tools:execute":                   "Allows executing Copilot tools.",
		"knowledge-models.augmented-attributes:update": "Allows updating augmented attributes of Knowledge Models.",
		"knowledge-models:query":                       "Allows querying Knowledge Models in Studio.",
		"knowledge-models:read":                        "Allows reading Knowledge Models in Studio.",
		"machine-learning":                             "Allows access to the Machine Learning Workbench.",
		"mcp-asset.tools:execute":                      "Allows executing the tools of MCP server assets.",
		"on-prem-client":                               "Allows access for on-premises clients.",
		"orchestration-engine":                         "Allows access to the Orchestration Engine.",
		"package-manager":                              "Allows access to the package manager of Studio.",
		"platform-adoption.tracking-events:read":       "Allows reading the tracking events of the Platform Adoption API.",
		"skills:execute":                               "Allows executing skills.",
		"skills:read":                                  "Allows reading skills.",
		"storage-manager.buckets":                      "Allows access to buckets of the File Storage Manager.",
		"studio":                                       "Allows access to Studio; older guides use it for the Knowledge Model and Subscription APIs.",
		"studio.packages:read":                         "Allows reading Studio packages.",
		"task-mining.clients:suspend":                  "Allows suspending Task Mining clients.",
		"task-mining.gateway":                          "Allows access to the Task Mining gateway.",
		"task-mining.metadata:read":                    "Allows reading the metadata of Task Mining users.",
		"tasks:read":                                   "Allows reading tasks.",
		"tasks:update":                                 "Allows updating tasks.",
		"team.login-history:read":                      "Allows reading the login history of the team.",
		"team.user-group-info:read":                    "Allows reading the members of the team and their groups.",
		"triggers:manage":                              "Allows managing triggers in Studio.",
		"triggers:read":                                "Allows reading triggers in Studio.",
		"user-provisioning.scim":                       "Allows provisioning users and groups with SCIM.",
	}
}
