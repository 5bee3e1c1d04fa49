import { generateKeyPairSync, randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import { z } from "zod";
import { MadeApiKey, MadeOAuthClient } from "../../shared/identity/machines/model.ts";
import { TokenAnswer } from "../../shared/identity/machines/oauth.ts";
import type { Example, Examples } from "./examples.ts";
import { type Call, PUBLIC_URL, routeNamed } from "./installation.ts";
import type { Organisation } from "./organisation.ts";

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const SCOPES = ["reports.read", "work.capture"];
const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const { kty, crv, x } = publicKey.export({ format: "jwk" });
const JWKS = { keys: [{ kty, crv, x, kid: "one", alg: "EdDSA", use: "sig" }] };

const newKey = ({ marker }: Organisation) => ({
  name: `${marker} key`,
  scopes: SCOPES,
  expiresAt: "2027-11-21T08:00:00.000Z",
});
const signing = (organisation: Organisation) => ({ ...newKey(organisation), method: "private-key-jwt", jwks: JWKS });

const Ids = z.object({ items: z.array(z.object({ id: z.string() })) });

/** Revokes the oldest before the organisation has as many as it may. */
async function makeRoom(organisation: Organisation, kind: "api-keys" | "oauth-clients"): Promise<void> {
  const { items } = await organisation.get(Ids, `GET ${kind}`, { query: { limit: "100" } });
  const older = items.length > 50 ? items.slice(0, 40) : [];
  for (const { id } of older) await organisation.send(`DELETE ${kind}/{id}`, { params: { id } });
}

async function makeKey(organisation: Organisation) {
  await makeRoom(organisation, "api-keys");
  return organisation.get(MadeApiKey, "POST api-keys", { body: newKey(organisation) });
}

async function makeClient(organisation: Organisation, body: object = newKey(organisation)) {
  await makeRoom(organisation, "oauth-clients");
  return organisation.get(MadeOAuthClient, "POST oauth-clients", { body });
}

/** The request for another one. Its name is nobody's in particular: a test has others send it. */
const another =
  (kind: "api-keys" | "oauth-clients", more: object = {}): Example =>
  async (organisation) => {
    await makeRoom(organisation, kind);
    return { body: { ...newKey(organisation), name: "Another", ...more } };
  };

const form = (fields: Record<string, string>): Call => ({ raw: String(new URLSearchParams(fields)), headers: FORM });

function credentialsOf({ clientId, clientSecret }: MadeOAuthClient): Record<string, string> {
  return { client_id: clientId, client_secret: clientSecret ?? "" };
}

function basic({ clientId, clientSecret }: MadeOAuthClient): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}` };
}

async function assertion({ clock }: Organisation["installation"], { clientId }: MadeOAuthClient) {
  const now = Math.floor(clock.now().getTime() / 1000);
  const client_assertion = await new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: "EdDSA", kid: "one" })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(`${PUBLIC_URL}/api/oauth/token`)
    .setExpirationTime(now + 60)
    .sign(privateKey);
  return { client_assertion, client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" };
}

async function withToken(organisation: Organisation) {
  const credentials = credentialsOf(await makeClient(organisation));
  const call = form({ ...credentials, grant_type: "client_credentials" });
  const answer = await organisation.installation.send(routeNamed("POST oauth/token"), call);
  return { ...credentials, token: TokenAnswer.parse(answer.json).access_token };
}

const list: Example = async () => ({ query: { limit: "2" } });
const ofKey =
  (body?: object): Example =>
  async (organisation) => ({ params: { id: (await makeKey(organisation)).id }, ...(body && { body }) });
const ofClient =
  (body?: object): Example =>
  async (organisation) => ({ params: { id: (await makeClient(organisation)).id }, ...(body && { body }) });

/** Keys, clients and their tokens; part of EXAMPLES. */
export const MACHINES: Readonly<Record<string, Examples>> = {
  "GET api-keys": { valid: [list] },
  "POST api-keys": { valid: [another("api-keys")] },
  "POST api-keys/{id}/rotate": { valid: [ofKey({ graceSeconds: 60 })] },
  "DELETE api-keys/{id}": { valid: [ofKey()] },
  "GET oauth-clients": { valid: [list] },
  "GET oauth-clients/{id}": { valid: [ofClient()] },
  "POST oauth-clients": {
    valid: [
      another("oauth-clients"),
      another("oauth-clients", { method: "private-key-jwt", jwks: JWKS }),
      another("oauth-clients", { method: "private-key-jwt", jwksUri: "https://keys.test/jwks" }),
    ],
  },
  "PUT oauth-clients/{id}": {
    valid: [
      async (organisation) => {
        const { id } = await makeClient(organisation, signing(organisation));
        const { method: _, ...body } = signing(organisation);
        const headers = await organisation.version("GET oauth-clients/{id}", id);
        return { params: { id }, body: { ...body, name: `${organisation.marker} renamed` }, headers };
      },
    ],
  },
  "POST oauth-clients/{id}/rotate": { valid: [ofClient({ graceSeconds: 60 })] },
  "DELETE oauth-clients/{id}": { valid: [ofClient()] },
  "POST oauth/token": {
    valid: [
      async (organisation) => {
        const { raw } = form({ grant_type: "client_credentials", scope: "reports.read" });
        return { raw: raw ?? "", headers: { ...FORM, ...basic(await makeClient(organisation)) } };
      },
      async (organisation) =>
        form({ grant_type: "client_credentials", ...credentialsOf(await makeClient(organisation)) }),
      async (organisation) => {
        const made = await makeClient(organisation, signing(organisation));
        return form({ grant_type: "client_credentials", ...(await assertion(organisation.installation, made)) });
      },
    ],
  },
  "POST oauth/introspect": {
    valid: [async (organisation) => form({ ...(await withToken(organisation)), token_type_hint: "access_token" })],
  },
  "POST oauth/revoke": { valid: [async (organisation) => form(await withToken(organisation))] },
  "GET .well-known/oauth-authorization-server": { valid: [async () => ({})] },
};
