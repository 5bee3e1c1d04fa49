import { z } from "zod";
import {
  ApiKeyId,
  ChangedOAuthClient,
  MadeApiKey,
  MadeOAuthClient,
  NewApiKey,
  NewOAuthClient,
  OAuthClientId,
  Rotation,
  ShownApiKey,
  ShownOAuthClient,
} from "../../shared/identity/machines/model.ts";
import {
  Introspection,
  ServerMetadata,
  TokenAnswer,
  TokenForm,
  TokenOnly,
} from "../../shared/identity/machines/oauth.ts";
import { Reply, type RequestInfo } from "../../shared/platform/http/route.ts";
import { route } from "../route.ts";
import { Paging, pageOf } from "./paging.ts";

// A key or a client is one more who acts in the organisation, so whoever may let people in may let machines in; no more than they
// may themselves, which the use case sees to.
const MANAGE = "users.manage";
const Key = z.object({ id: ApiKeyId });
const Client = z.object({ id: OAuthClientId });

function originOf({ clientAddress: address, idempotencyKey }: RequestInfo) {
  return { address, idempotencyKey };
}

function clientOf({ headers, clientAddress: address }: RequestInfo) {
  return { authorization: headers.get("authorization"), address };
}

const listKeys = route({
  method: "GET",
  path: "api-keys",
  permission: MANAGE,
  summary: "List API keys, without their secrets",
  query: Paging,
  response: pageOf(ShownApiKey),
  handler: ({ caller, query }, { machines }) => machines.keys.list(caller, query),
});

const createKey = route({
  method: "POST",
  path: "api-keys",
  permission: MANAGE,
  summary: "Make an API key; it is told this once",
  body: NewApiKey,
  response: MadeApiKey,
  handler: async ({ caller, body, request }, { machines }) =>
    new Reply(await machines.keys.create(caller, body, originOf(request)), { status: 201 }),
});

const rotateKey = route({
  method: "POST",
  path: "api-keys/{id}/rotate",
  permission: MANAGE,
  summary: "Give an API key another secret; the former ones stay good for the grace",
  params: Key,
  body: Rotation,
  response: MadeApiKey,
  handler: ({ caller, params, body, request }, { machines }) =>
    machines.keys.rotate(caller, params.id, body, originOf(request)),
});

const revokeKey = route({
  method: "DELETE",
  path: "api-keys/{id}",
  permission: MANAGE,
  summary: "Revoke an API key, everywhere within 5 seconds",
  params: Key,
  response: "raw",
  handler: async ({ caller, params, request }, { machines }) => {
    await machines.keys.revoke(caller, params.id, originOf(request));
    return new Reply(undefined, { status: 204 });
  },
});

const listClients = route({
  method: "GET",
  path: "oauth-clients",
  permission: MANAGE,
  summary: "List OAuth2 clients, without their secrets",
  query: Paging,
  response: pageOf(ShownOAuthClient),
  handler: ({ caller, query }, { machines }) => machines.clients.list(caller, query),
});

const readClient = route({
  method: "GET",
  path: "oauth-clients/{id}",
  permission: MANAGE,
  summary: "Read an OAuth2 client",
  params: Client,
  response: ShownOAuthClient,
  handler: async ({ caller, params }, { machines }) => {
    const { client, etag } = await machines.clients.get(caller, params.id);
    return new Reply(client, { etag });
  },
});

const createClient = route({
  method: "POST",
  path: "oauth-clients",
  permission: MANAGE,
  summary: "Make an OAuth2 client; its secret is told this once",
  body: NewOAuthClient,
  response: MadeOAuthClient,
  handler: async ({ caller, body, request }, { machines }) =>
    new Reply(await machines.clients.create(caller, body, originOf(request)), { status: 201 }),
});

const changeClient = route({
  method: "PUT",
  path: "oauth-clients/{id}",
  permission: MANAGE,
  summary: "Change the version of an OAuth2 client that If-Match names",
  params: Client,
  body: ChangedOAuthClient,
  response: ShownOAuthClient,
  handler: async ({ caller, params, body, request }, { machines }) => {
    const { client, etag } = await machines.clients.change(caller, params.id, body, request.ifMatch, originOf(request));
    return new Reply(client, { etag });
  },
});

const rotateClient = route({
  method: "POST",
  path: "oauth-clients/{id}/rotate",
  permission: MANAGE,
  summary: "Give an OAuth2 client another secret; the former ones stay good for the grace",
  params: Client,
  body: Rotation,
  response: MadeOAuthClient,
  handler: ({ caller, params, body, request }, { machines }) =>
    machines.clients.rotate(caller, params.id, body, originOf(request)),
});

const revokeClient = route({
  method: "DELETE",
  path: "oauth-clients/{id}",
  permission: MANAGE,
  summary: "Revoke an OAuth2 client and its tokens, everywhere within 5 seconds",
  params: Client,
  response: "raw",
  handler: async ({ caller, params, request }, { machines }) => {
    await machines.clients.revoke(caller, params.id, originOf(request));
    return new Reply(undefined, { status: 204 });
  },
});

const OAUTH = {
  method: "POST",
  permission: "public",
  // A whole data centre behind one address; who fails is held back much sooner.
  rateLimit: { perMinute: 600 },
  encoding: "form",
  errors: "oauth",
  maxBodyBytes: 32 * 1024,
} as const;

const token = route({
  ...OAUTH,
  path: "oauth/token",
  summary: "An access token for a client with credentials of its own (RFC 6749, section 4.4)",
  body: TokenForm,
  response: TokenAnswer,
  handler: async ({ body, request }, { machines }) =>
    new Reply(await machines.oauth.token(body, clientOf(request)), { headers: { pragma: "no-cache" } }),
});

const introspect = route({
  ...OAUTH,
  path: "oauth/introspect",
  summary: "What a token stands for, in the client's own organisation (RFC 7662)",
  body: TokenOnly,
  response: Introspection,
  handler: ({ body, request }, { machines }) => machines.oauth.introspect(body, clientOf(request)),
});

const revokeToken = route({
  ...OAUTH,
  path: "oauth/revoke",
  summary: "End an access token of the client's own (RFC 7009)",
  body: TokenOnly,
  response: "raw",
  handler: async ({ body, request }, { machines }) => {
    await machines.oauth.revoke(body, clientOf(request));
    return new Reply(undefined, { status: 200 });
  },
});

const metadata = route({
  method: "GET",
  path: ".well-known/oauth-authorization-server",
  permission: "public",
  summary: "Where OAuth2 clients find what they need (RFC 8414)",
  response: ServerMetadata,
  handler: async (_, { machines }) =>
    new Reply(machines.oauth.metadata(), { headers: { "cache-control": "public, max-age=300" } }),
});

export const machineRoutes = [
  listKeys,
  createKey,
  rotateKey,
  revokeKey,
  listClients,
  readClient,
  createClient,
  changeClient,
  rotateClient,
  revokeClient,
  token,
  introspect,
  revokeToken,
  metadata,
];
