package scim

import (
	"net/http"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// serveConfig serves GET /ServiceProviderConfig. The response contains the capabilities that the options enable (RFC 7643 section 5).
func (s *Directory) serveConfig(*server.Call) server.Response {
	supported := func(is bool) server.Object { return server.Object{"supported": is} }

	maxResults := s.opts.MaxCount
	if maxResults == 0 {
		maxResults = defaultSCIMCount
	}

	return s.respond(http.StatusOK, server.Object{
		scimSchemas:      []string{urnSCIMConfig},
		"patch":          supported(false),
		"bulk":           server.Object{"supported": false, "maxOperations": 0, "maxPayloadSize": server.MaxBody},
		"filter":         server.Object{"supported": s.opts.Filter == FilterHonoured, "maxResults": maxResults},
		"changePassword": supported(false),
		"sort":           supported(false),
		"etag":           supported(s.enforcesETags()),
		"authenticationSchemes": []server.Object{{
			"type": "oauthbearertoken", "name": "OAuth Bearer Token", "description": "A token that the team issues to one of its OAuth clients.",
		}},
	})
}

// listSchemas serves GET /Schemas.
func (s *Directory) listSchemas(*server.Call) server.Response {
	return s.listResponse(scimSchemaObjects())
}

// schemaDetail serves GET /Schemas/{urn}.
func (s *Directory) schemaDetail(c *server.Call) server.Response {
	return s.discovered(c, scimSchemaObjects())
}

// listResourceTypes serves GET /ResourceTypes.
func (s *Directory) listResourceTypes(*server.Call) server.Response {
	return s.listResponse(scimResourceTypes())
}

// resourceTypeDetail serves GET /ResourceTypes/{type}.
func (s *Directory) resourceTypeDetail(c *server.Call) server.Response {
	return s.discovered(c, scimResourceTypes())
}

// discovered returns the object whose id is in the path, or a 404 response.
func (s *Directory) discovered(c *server.Call, objects []server.Object) server.Response {
	for _, candidate := range objects {
		if candidate["id"] == c.Vars["id"] {
			return s.respond(http.StatusOK, candidate)
		}
	}

	return s.notFound(c)
}

// scimSchemaObjects returns the schemas of users, groups and the extension (RFC 7643 section 7), with the attributes that the vendor
// documents.
func scimSchemaObjects() []server.Object {
	attribute := func(name, kind, mutability string, required bool) server.Object {
		return server.Object{
			"name": name, "type": kind, "multiValued": name == scimMembers, "required": required, "caseExact": false,
			"mutability": mutability, "returned": "default", "uniqueness": "none",
		}
	}
	schema := func(urn, name string, attributes ...server.Object) server.Object {
		return server.Object{scimSchemas: []string{urnSCIMSchema}, "id": urn, "name": name, "attributes": attributes}
	}

	return []server.Object{
		schema(urnSCIMUser, "User",
			attribute(scimUserName, "string", "immutable", true),
			attribute(scimDisplayName, "string", "readWrite", false),
			attribute(scimExternalID, "string", "readWrite", false)),
		schema(urnSCIMGroup, "Group",
			attribute(scimDisplayName, "string", "readWrite", true),
			attribute(scimExternalID, "string", "readWrite", false),
			attribute(scimRole, "string", "readWrite", false),
			attribute(scimMembers, "complex", "readWrite", false)),
		schema(urnSCIMExtension, "Celonis User",
			attribute(scimRole, "string", "readWrite", false),
			attribute(scimInvitation, "string", "writeOnly", false)),
	}
}

// scimResourceTypes returns the resource types (RFC 7643 section 6).
func scimResourceTypes() []server.Object {
	return []server.Object{
		{
			scimSchemas: []string{urnSCIMType}, "id": "User", "name": "User", "endpoint": "/Users", "schema": urnSCIMUser,
			"schemaExtensions": []server.Object{{"schema": urnSCIMExtension, "required": false}},
		},
		{scimSchemas: []string{urnSCIMType}, "id": "Group", "name": "Group", "endpoint": "/Groups", "schema": urnSCIMGroup},
	}
}
