package simulator

import "net/http"

// serveConfig answers GET /ServiceProviderConfig: what the options let the service do (RFC 7643 section 5).
func (s *scim) serveConfig(*call) answer {
	supported := func(is bool) object { return object{"supported": is} }

	maxResults := s.opts.MaxCount
	if maxResults == 0 {
		maxResults = defaultSCIMCount
	}

	return s.answer(http.StatusOK, object{
		scimSchemas:      []string{urnSCIMConfig},
		"patch":          supported(false),
		"bulk":           object{"supported": false, "maxOperations": 0, "maxPayloadSize": maxBody},
		"filter":         object{"supported": s.opts.Filter == SCIMFilterHonoured, "maxResults": maxResults},
		"changePassword": supported(false),
		"sort":           supported(false),
		"etag":           supported(s.enforcesETags()),
		"authenticationSchemes": []object{{
			"type": "oauthbearertoken", "name": "OAuth Bearer Token", "description": "A token of an OAuth client of the team.",
		}},
	})
}

// listSchemas answers GET /Schemas.
func (s *scim) listSchemas(*call) answer { return s.answerList(scimSchemaObjects()) }

// schemaDetail answers GET /Schemas/{urn}.
func (s *scim) schemaDetail(c *call) answer { return s.discovered(c, scimSchemaObjects()) }

// listResourceTypes answers GET /ResourceTypes.
func (s *scim) listResourceTypes(*call) answer { return s.answerList(scimResourceTypes()) }

// resourceTypeDetail answers GET /ResourceTypes/{type}.
func (s *scim) resourceTypeDetail(c *call) answer { return s.discovered(c, scimResourceTypes()) }

// discovered answers the one of some objects that has the id of the path.
func (s *scim) discovered(c *call, objects []object) answer {
	for _, candidate := range objects {
		if candidate["id"] == c.vars["id"] {
			return s.answer(http.StatusOK, candidate)
		}
	}

	return s.notFound(c)
}

// scimSchemaObjects describe users, groups and the extension (RFC 7643 section 7), as far as the vendor's pages show them.
func scimSchemaObjects() []object {
	attribute := func(name, kind, mutability string, required bool) object {
		return object{
			"name": name, "type": kind, "multiValued": name == scimMembers, "required": required, "caseExact": false,
			"mutability": mutability, "returned": "default", "uniqueness": "none",
		}
	}
	schema := func(urn, name string, attributes ...object) object {
		return object{scimSchemas: []string{urnSCIMSchema}, "id": urn, "name": name, "attributes": attributes}
	}

	return []object{
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

// scimResourceTypes are the types of RFC 7643 section 6.
func scimResourceTypes() []object {
	return []object{
		{
			scimSchemas: []string{urnSCIMType}, "id": "User", "name": "User", "endpoint": "/Users", "schema": urnSCIMUser,
			"schemaExtensions": []object{{"schema": urnSCIMExtension, "required": false}},
		},
		{scimSchemas: []string{urnSCIMType}, "id": "Group", "name": "Group", "endpoint": "/Groups", "schema": urnSCIMGroup},
	}
}
