import { decodeJwt } from "jose";
import { z } from "zod";
import { Problem } from "../../platform/errors.ts";
import type { TenantId } from "../../platform/ids.ts";
import type { Assertions } from "./assertions.ts";
import { type Credential, clientIdOf, parseClientId, parseCredential } from "./credentialText.ts";
import { type MachineLookup, type Strangers, WHY } from "./lookup.ts";
import type { OAuthClient } from "./model.ts";
import { hasExpired } from "./rules.ts";

const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** The form's part by which a client shows who it is (RFC 6749, section 2.3.1; RFC 7521, section 4.2). */
export const ClientForm = z.object({
  client_id: z.string().max(255).optional(),
  client_secret: z.string().max(255).optional(),
  client_assertion_type: z.string().max(255).optional(),
  client_assertion: z.string().max(10_000).optional(),
});
export type ClientForm = z.infer<typeof ClientForm>;

/** What a client sends beside what it asks for. */
export interface ClientRequest {
  readonly form: ClientForm;
  /** The header. */
  readonly authorization: string | null;
  readonly address: string;
}

/** A client that has shown who it is. */
export interface KnownClient {
  readonly tenantId: TenantId;
  /** `cli_…`. */
  readonly id: string;
  readonly client: OAuthClient;
}

interface ClientAuthenticationParts {
  readonly lookup: MachineLookup<OAuthClient>;
  readonly strangers: Strangers;
  readonly assertions: Assertions;
  readonly now: () => Date;
}

/** Throws `invalid-client`, `invalid-request` for two ways at once, and `rate-limited` for whoever tries too many. */
export async function authenticateClient(
  parts: ClientAuthenticationParts,
  request: ClientRequest,
): Promise<KnownClient> {
  const { form, authorization } = request;
  const ways = [authorization, form.client_secret, form.client_assertion].filter(
    (way) => way !== null && way !== undefined,
  );
  if (ways.length > 1)
    throw new Problem("invalid-request", {
      detail: "A client shows who it is in one way only (RFC 6749, section 2.3).",
    });
  if (form.client_assertion !== undefined) return byAssertion(parts, request, form.client_assertion);
  const [clientId, secret] = authorization === null ? [form.client_id, form.client_secret] : fromBasic(authorization);
  if (form.client_id !== undefined && form.client_id !== clientId) throw notClient("Two client ids were sent.");
  if (clientId === undefined || secret === undefined) throw notClient("The client's credentials are missing.");
  return bySecret(parts, credentialOf(parts, clientId, secret, request.address), request.address);
}

/** RFC 6749, section 2.3.1: both are form-encoded within. */
function fromBasic(authorization: string): readonly [string, string] {
  const [, encoded = ""] = /^Basic ([\w+/=-]{1,1024})$/i.exec(authorization) ?? [];
  const [, id, secret] = /^([^:]+):(.*)$/s.exec(Buffer.from(encoded, "base64").toString("utf8")) ?? [];
  if (id === undefined || secret === undefined)
    throw notClient("The Authorization header holds no client's credentials.");
  return [formDecoded(id), formDecoded(secret)];
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw notClient("The Authorization header holds no client's credentials.");
  }
}

function credentialOf(
  { strangers }: ClientAuthenticationParts,
  clientId: string,
  secret: string,
  address: string,
): Credential {
  const credential = parseCredential("cbs", secret);
  if (credential !== undefined && clientIdOf(credential.tenantId, credential.id) === clientId) return credential;
  strangers.take(address);
  if (credential === undefined) throw notClient("This is no whole client secret: a letter of it is missing or wrong.");
  throw notClient("The secret is another client's.");
}

async function bySecret(
  { lookup }: ClientAuthenticationParts,
  credential: Credential,
  address: string,
): Promise<KnownClient> {
  const found = await lookup.bySecret(credential, address);
  if ("refused" in found) throw notClient(WHY[found.refused] ?? "There is no such client, or this is not its secret.");
  const { tenantId, id } = credential;
  return { tenantId, id, client: found };
}

async function byAssertion(
  { lookup, strangers, assertions, now }: ClientAuthenticationParts,
  { form, address }: ClientRequest,
  assertion: string,
): Promise<KnownClient> {
  if (form.client_assertion_type !== JWT_BEARER)
    throw new Problem("invalid-request", { detail: `client_assertion_type must be ${JWT_BEARER}.` });
  const clientId = subjectOf(assertion);
  const place = clientId === undefined ? undefined : parseClientId(clientId);
  if (place === undefined || (form.client_id !== undefined && form.client_id !== clientId)) {
    strangers.take(address);
    throw notClient("The assertion's sub is no client's id, or not the client_id that was sent.");
  }
  const { tenantId, id } = place;
  const client = await lookup.byId(tenantId, id, address);
  if (client === undefined || client.method !== "private-key-jwt" || hasExpired(client, now())) {
    strangers.take(address);
    throw notClient("There is no such client, or none that signs, or it has expired.");
  }
  try {
    await assertions.use(tenantId, id, client, assertion);
  } catch (error) {
    if (error instanceof Problem && error.code === "invalid-client") {
      await lookup.note(tenantId, id, "assertion-refused", address);
      strangers.take(address);
    }
    throw error;
  }
  return { tenantId, id, client };
}

/** Whom the assertion is of, as it says itself: only to find the keys that it is then held against. */
function subjectOf(assertion: string): string | undefined {
  try {
    return decodeJwt(assertion).sub;
  } catch {
    return undefined;
  }
}

function notClient(detail: string): Problem {
  return new Problem("invalid-client", { detail });
}
