// An OAuth 2.0 token endpoint on this machine, for make peers. oidc-provider implements the protocol; this file registers clients and
// records requests. The program prints its address. Tests send POST /clients with client metadata (RFC 7591), and POST /refresh-tokens with
// {client_id, scope} to obtain a refresh token like those that the authorization code grant returns. Each test has its own paths:
// /<server>/<test>/token is the endpoint, and /<server>/<test>/journal lists the requests to that endpoint. <server> is "both" or "basic",
// depending on the methods by which clients can send their secret.
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import Provider from "oidc-provider";
import { createMemoryAdapter } from "oidc-provider/lib/adapters/memory_adapter.js";

const adapter = createMemoryAdapter();
// Client attributes that tests set in addition to the standard metadata.
const lifetime = (_ctx, _token, client) => client.lifetime ?? 600;
const configuration = {
  adapter,
  scopes: ["intelligence.knowledge-models:read", "team.user-group-info:read", "audit.log:read", "offline_access"],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
  },
  extraClientMetadata: { properties: ["lifetime", "rotates"] },
  ttl: { AccessToken: lifetime, ClientCredentials: lifetime, RefreshToken: 3600, Grant: 3600 },
  rotateRefreshToken: (ctx) => ctx.oidc.client.rotates === true,
  findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
};

const journals = new Map();

function serverWith(clientAuthMethods) {
  const provider = new Provider("http://127.0.0.1", { ...configuration, clientAuthMethods });
  provider.on("server_error", (_ctx, error) => console.error(error));
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.path !== "/token") return;
    const { grant_type: grant, refresh_token: refreshToken, scope, client_secret: secret } = ctx.oidc?.body ?? {};
    const method = ctx.get("authorization") ? "basic" : secret ? "post" : "none";
    ctx.req.journal.push({ grant, scope, method, refreshToken, status: ctx.status });
  });
  return provider;
}

const servers = {
  both: serverWith(["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]),
  basic: serverWith(["client_secret_basic", "none"]),
};

async function refreshToken({ client_id: clientId, scope }) {
  const { Client, Grant, RefreshToken } = servers.both;
  const client = await Client.find(clientId);
  const grant = new Grant({ accountId: "ada", clientId });
  grant.addOIDCScope(scope);
  return new RefreshToken({ accountId: "ada", client, scope, grantId: await grant.save(), gty: "authorization_code" }).save();
}

async function respond(req, res) {
  const [, first, test, rest] = /^\/([^/]+)(?:\/([^/]+)(\/.*))?$/.exec(req.url) ?? [];
  if (first === "clients") {
    const metadata = await json(req);
    await adapter("Client").upsert(metadata.client_id, metadata);
    return res.end("{}");
  }
  if (first === "refresh-tokens") return res.end(JSON.stringify({ refresh_token: await refreshToken(await json(req)) }));
  if (!servers[first] || !rest) return res.writeHead(404).end();
  if (!journals.has(test)) journals.set(test, []);
  if (rest === "/journal") return res.end(JSON.stringify(journals.get(test)));
  req.journal = journals.get(test);
  req.url = rest;
  return servers[first].callback()(req, res);
}

const server = createServer((req, res) => {
  respond(req, res).catch((error) => {
    console.error(error);
    res.writeHead(500).end(String(error));
  });
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
