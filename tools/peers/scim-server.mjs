// A SCIM 2.0 server on this machine. scimmy, the most complete implementation available, provides the protocol, the schemas, replacement
// and paging; this file only stores users and groups in memory. Because scimmy was written independently of the provider's client and the
// simulator, it reveals mistakes that the client and the simulator share. The server prints its address. Every bearer token that begins
// with "peer-" identifies a separate team. GET /store returns a team's stored objects directly, without scimmy.
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMYRouters, { SCIMMY } from "scimmy-routers";

const { Attribute, Error: SCIMError, SchemaDefinition } = SCIMMY.Types;

// The vendor's samples list the Celonis extension, but contain its attributes at the top level; SCIM requires them in the extension. This
// file declares both places, and stores each attribute in the place in which it was sent.
const role = () => new Attribute("string", "role", { canonicalValues: ["MEMBER", "ANALYST", "ADMIN"] });
const invitation = () =>
  new Attribute("string", "sendEmailOnInvitation", { canonicalValues: ["true", "false"], direction: "in", returned: "never" });
const extension = new SchemaDefinition("CelonisUser", "urn:ietf:params:scim:schemas:extension:2.0:User", "", [role(), invitation()]);
extension.id = "urn:celonis:params:scim:schemas:extension:2.0:User"; // The constructor accepts only IETF names.
SCIMMY.Schemas.User.definition.extend([role(), invitation()]);
SCIMMY.Schemas.Group.definition.extend([role()]);

const teams = new Map();

function teamOf(req) {
  const [, token] = /^Bearer (peer-\S+)$/.exec(req.get("Authorization") ?? "") ?? [];
  if (!token) throw new Error("No token of a team");
  if (!teams.has(token)) teams.set(token, { User: new Map(), Group: new Map() });
  return teams.get(token);
}

// found returns the requested object or, without an id, all objects, which scimmy splits into pages.
function found(kind, resource, team) {
  if (!resource.id) return [...team[kind].values()];
  // scimmy reports every error that is not its own as a missing resource.
  if (!team[kind].has(resource.id)) throw new Error("unknown");
  return team[kind].get(resource.id);
}

// stored replaces the stored object with the object that scimmy has parsed.
function stored(kind, name, resource, instance, team) {
  const before = resource.id && found(kind, resource, team);
  const taken = [...team[kind].values()].some(
    (other) => other.id !== resource.id && other[name].toLowerCase() === instance[name].toLowerCase(),
  );
  if (taken) throw new SCIMError(409, "uniqueness", `${name} is taken`);

  const now = new Date().toISOString();
  // The JSON of an instance omits write-only attributes, so this function adds them.
  const { meta: _, ...attributes } = { ...instance, ...JSON.parse(JSON.stringify(instance)) };
  const after = {
    ...attributes,
    id: before ? before.id : randomUUID(),
    meta: { created: before ? before.meta.created : now, lastModified: now },
  };
  team[kind].set(after.id, after);
  return after;
}

SCIMMY.Resources.declare(SCIMMY.Resources.User)
  .extend(extension)
  .egress((resource, team) =>
    [found("User", resource, team)].flat().map((user) => ({
      ...user,
      groups: [...team.Group.values()]
        .filter((group) => group.members?.some(({ value }) => value === user.id))
        .map((group) => ({ value: group.id, display: group.displayName, type: "direct" })),
    })),
  )
  .ingress((resource, instance, team) => {
    const before = resource.id && found("User", resource, team);
    if (before && before.userName !== instance.userName) throw new SCIMError(400, "mutability", "userName cannot be changed");
    return stored("User", "userName", resource, instance, team);
  })
  .degress((resource, team) => {
    found("User", resource, team);
    team.User.delete(resource.id);
    for (const group of team.Group.values()) group.members = group.members?.filter(({ value }) => value !== resource.id);
  });

SCIMMY.Resources.declare(SCIMMY.Resources.Group)
  .egress((resource, team) => found("Group", resource, team))
  .ingress((resource, instance, team) => {
    for (const { value } of instance.members ?? []) {
      if (!team.User.has(value)) throw new SCIMError(400, "invalidValue", `There is no user ${value}`);
    }
    return stored("Group", "displayName", resource, instance, team);
  })
  .degress((resource, team) => {
    found("Group", resource, team);
    team.Group.delete(resource.id);
  });

const app = express();
// scimmy-routers converts these parameters to numbers only with Express 4 or earlier. Without the conversion, lists never have a second
// page.
app.set("query parser", (text) => {
  const query = Object.fromEntries(new URLSearchParams(text));
  for (const name of ["startIndex", "count"]) {
    if (name in query) query[name] = Number(query[name]);
  }
  return query;
});
app.use("/scim/v2", new SCIMMYRouters({ type: "bearer", handler: teamOf, context: teamOf }));
app.get("/store", (req, res) => {
  const team = teamOf(req);
  res.send({ users: [...team.User.values()], groups: [...team.Group.values()] });
});

const server = app.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
