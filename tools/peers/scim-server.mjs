// A SCIM 2.0 server on this machine whose protocol, schemas, replacement and paging are scimmy's, with users and groups in memory. It is
// there to show that the provider's client does not only get on with the simulator, which the same people wrote: scimmy is the most
// complete implementation to be had, and leaves nothing but the storing to this file.
//
// It prints its address. Every bearer token that begins with "peer-" is a team of its own. GET /store gives what a team holds as it is
// stored, past scimmy.
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMYRouters, { SCIMMY } from "scimmy-routers";

const { Attribute, Error: SCIMError, SchemaDefinition } = SCIMMY.Types;

// The attributes of Celonis' own stand on top in the vendor's samples, which name the extension beside: SCIM would have them in there.
// Both are declared, and what comes is kept where it came.
const role = () => new Attribute("string", "role", { canonicalValues: ["MEMBER", "ANALYST", "ADMIN"] });
const invitation = () =>
  new Attribute("string", "sendEmailOnInvitation", { canonicalValues: ["true", "false"], direction: "in", returned: "never" });
const extension = new SchemaDefinition("CelonisUser", "urn:ietf:params:scim:schemas:extension:2.0:User", "", [role(), invitation()]);
extension.id = "urn:celonis:params:scim:schemas:extension:2.0:User"; // The constructor wants names of the IETF's.
SCIMMY.Schemas.User.definition.extend([role(), invitation()]);
SCIMMY.Schemas.Group.definition.extend([role()]);

const teams = new Map();

function teamOf(req) {
  const [, token] = /^Bearer (peer-\S+)$/.exec(req.get("Authorization") ?? "") ?? [];
  if (!token) throw new Error("No token of a team");
  if (!teams.has(token)) teams.set(token, { User: new Map(), Group: new Map() });
  return teams.get(token);
}

// found returns what scimmy asks for: one object, or all of them, of which it makes a page.
function found(kind, resource, team) {
  if (!resource.id) return [...team[kind].values()];
  // scimmy says for anything but its own errors that there is no such resource.
  if (!team[kind].has(resource.id)) throw new Error("unknown");
  return team[kind].get(resource.id);
}

// stored keeps an object as scimmy read it, in the place of what was there.
function stored(kind, name, resource, instance, team) {
  const before = resource.id && found(kind, resource, team);
  const taken = [...team[kind].values()].some(
    (other) => other.id !== resource.id && other[name].toLowerCase() === instance[name].toLowerCase(),
  );
  if (taken) throw new SCIMError(409, "uniqueness", `${name} is taken`);

  const now = new Date().toISOString();
  // Its JSON is what scimmy would send, without what may be written only: that is added.
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
// scimmy-routers turns these into numbers where Express up to 4 keeps them, and without that no list has a second page.
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
