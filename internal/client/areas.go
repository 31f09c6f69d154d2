package client

// Area is a part of the Celonis API that needs a scope of its own. Reads are shared, and dropped after a write, by area.
type Area string

// AreaKnowledgeModels is the Knowledge Model API: models, their filters, KPIs, records, data and triggers.
const AreaKnowledgeModels Area = "Knowledge Model API"

// Scopes returns the OAuth scopes that a call to the area needs.
// Source: developer.celonis.com/celonis-apis/auth, "Scopes".
func (a Area) Scopes() []string {
	switch a {
	case AreaKnowledgeModels:
		return []string{"intelligence.knowledge-models:read"}
	default:
		return nil
	}
}

// Permission names what the identity must be granted in Celonis beside the scope.
// Source: developer.celonis.com/intelligence-api/getting-started, "Authorization".
func (a Area) Permission() string {
	switch a {
	case AreaKnowledgeModels:
		return "USE PACKAGE on the Studio package that holds the Knowledge Model (Studio > the package > Permissions)"
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
