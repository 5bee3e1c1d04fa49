import type { ServerMetadata } from "openid-client";
import type { OidcProvider } from "../providers/model.ts";
import { wantedClaims } from "./claims.ts";
import {
  authorizationUrl,
  type ClientSettings,
  discover,
  newExpectation,
  type OidcClientParts,
  redeemNothing,
} from "./client.ts";
import { faultOf, OidcFault } from "./faults.ts";
import type { ConnectionCheck, ConnectionTest } from "./model.ts";
import { apart, wordsFor } from "./words.ts";

/** Milliseconds by which clocks may differ before sign-ins fail. */
const TOLERANCE = 60_000;
/** By these a provider says that nobody is signed in, to an address that it knows (OpenID Connect Core 1.0, 3.1.2.6). */
const NOBODY_THERE: ReadonlySet<string> = new Set([
  "login_required",
  "interaction_required",
  "consent_required",
  "account_selection_required",
  "access_denied",
]);

/** One test: whom it is about, and what it asks with. */
interface Subject {
  readonly parts: OidcClientParts;
  readonly provider: OidcProvider;
  readonly settings: ClientSettings;
  readonly metadata: ServerMetadata;
}

/**
 * Looks at a provider as a sign-in would, without a person: its description, keys, clock, what it thinks of client id, secret and
 * redirect URI, and its claims. Takes 20 s at most. Never throws for anything that the provider does.
 */
export async function testConnection(
  parts: OidcClientParts,
  provider: OidcProvider,
  settings: ClientSettings,
): Promise<ConnectionTest> {
  const asked = {
    url: `${settings.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`,
    what: "a description",
  };
  const times = new Timekeeper(parts);
  try {
    const metadata = await discover({ fetch: times.fetch }, settings);
    const subject: Subject = { parts, provider, settings, metadata };
    const checks = await Promise.all([keys(subject), times.check(), client(subject), redirectUri(subject)]);
    const found = passed("discovery", `The provider describes itself at ${asked.url}.`);
    return resultOf([found, ...checks, claims(subject)]);
  } catch (error) {
    const fault = thrown(error);
    return resultOf([failed("discovery", fault.reason, wordsFor(fault, asked, settings))]);
  }
}

async function keys({ parts, settings, metadata }: Subject): Promise<ConnectionCheck> {
  const asked = { url: metadata.jwks_uri ?? settings.issuer, what: "keys" };
  try {
    const answer = await parts.fetch(asked.url, { headers: { accept: "application/json" } });
    if (!answer.ok) throw new OidcFault("unexpected-status");
    const found: unknown = await answer.json().catch(() => undefined);
    const list = typeof found === "object" && found !== null && "keys" in found ? found.keys : undefined;
    if (!Array.isArray(list)) throw new OidcFault("not-json");
    if (list.length === 0)
      return failed("keys", "no-keys", "The provider shows no key by which its word can be checked.");
    return passed("keys", "The keys by which the provider's word is checked can be fetched.");
  } catch (error) {
    const fault = faultOf(error);
    return failed("keys", fault.reason, wordsFor(fault, asked, settings));
  }
}

async function client({ parts, settings, metadata }: Subject): Promise<ConnectionCheck> {
  const asked = { url: metadata.token_endpoint ?? settings.issuer, what: "an answer to a sign-in" };
  try {
    await redeemNothing(parts, metadata, settings);
    return unknown("client", "no-refusal", "The provider takes a code that nobody has. Ask whoever runs it.");
  } catch (error) {
    const fault = thrown(error);
    if (fault.reason === "code-refused") return passed("client", "The provider knows the client id and the secret.");
    if (fault.reason === "provider-refused")
      return unknown(
        "client",
        fault.reason,
        `Whether client id and secret are right shows at the first sign-in: the provider only says “${fault.said}”.`,
      );
    return failed("client", fault.reason, wordsFor(fault, asked, settings));
  }
}

/** Asks to be sent back at once, as a browser in which nobody is signed in. */
async function redirectUri({ parts, settings, metadata, provider }: Subject): Promise<ConnectionCheck> {
  const register = `Register this address at the provider, letter by letter: ${settings.redirectUri}`;
  const parameters = { scope: provider.scopes.join(" "), prompt: "none" };
  const url = await authorizationUrl(metadata, settings, { ...(await newExpectation()), state: "test" }, parameters);
  try {
    const answer = await parts.fetch(url.href, { headers: { accept: "text/html" } });
    const back = URL.parse(answer.headers.get("location") ?? "", url);
    if (back !== null && `${back.origin}${back.pathname}` === settings.redirectUri) return sentBack(back);
    if (answer.status >= 500) throw new OidcFault("unexpected-status");
    if (answer.status >= 400)
      return failed(
        "redirect-uri",
        "redirect-uri-refused",
        `The provider shows an error instead of sending people back, as it does for an address or a client id that it does not know. ${register}`,
      );
    return unknown(
      "redirect-uri",
      "page-shown",
      `Whether people are sent back shows at the first sign-in. ${register}`,
    );
  } catch (error) {
    const fault = faultOf(error);
    return failed("redirect-uri", fault.reason, wordsFor(fault, { url: url.href, what: "a page" }, settings));
  }
}

function sentBack(back: URL): ConnectionCheck {
  const error = back.searchParams.get("error");
  if (error === null || NOBODY_THERE.has(error))
    return passed("redirect-uri", "The provider sends people back to this installation.");
  const said = [error, back.searchParams.get("error_description")].filter((text) => text !== null).join(": ");
  return failed("redirect-uri", "provider-refused", `The provider refuses the request: ${said.slice(0, 200)}.`);
}

function claims({ provider, metadata }: Subject): ConnectionCheck {
  const { claims_supported: supported, scopes_supported: scopes } = metadata;
  const strange = scopes === undefined ? [] : provider.scopes.filter((scope) => !scopes.includes(scope));
  if (strange.length > 0)
    return failed("claims", "unknown-scopes", `The provider does not know these scopes: ${strange.join(", ")}.`);
  if (supported === undefined)
    return unknown("claims", "not-listed", "The provider does not say what it tells of people. It shows at a sign-in.");
  const missing = wantedClaims(provider).filter((claim) => claim !== "name" && !supported.includes(claim));
  if (missing.length > 0)
    return failed(
      "claims",
      "missing-claims",
      `The provider does not list what is needed: ${missing.join(", ")}. Have it added to what it tells this client.`,
    );
  return passed("claims", "The provider tells of people what is needed.");
}

/** Hears from the provider's answers what time it has. */
class Timekeeper {
  readonly fetch: OidcClientParts["fetch"];
  readonly #clock: OidcClientParts["clock"];
  #behind: number | undefined;

  constructor({ fetch, clock }: OidcClientParts) {
    this.#clock = clock;
    this.fetch = async (...request) => {
      const asked = clock.now().getTime();
      const answer = await fetch(...request);
      this.#hear(answer, asked);
      return answer;
    };
  }

  /** Milliseconds by which its clock is behind ours (negative: ahead), as far as the duration of the request can tell. */
  #hear({ headers }: Response, asked: number): void {
    // A cache gives the time of the answer that it keeps, and how old that is (RFC 9111, 5.1).
    const date = Date.parse(headers.get("date") ?? "") + Number(headers.get("age") ?? 0) * 1000;
    if (Number.isNaN(date)) return;
    const now = this.#clock.now().getTime();
    this.#behind = date < asked ? asked - date : Math.min(0, now - date);
  }

  async check(): Promise<ConnectionCheck> {
    if (this.#behind === undefined) return unknown("clock", "no-date", "The provider does not say what time it has.");
    const seconds = Math.abs(this.#behind) / 1000;
    if (Math.abs(this.#behind) <= TOLERANCE) return passed("clock", "Both clocks agree.");
    const how = this.#behind > 0 ? "behind" : "ahead of";
    return failed(
      "clock",
      "clocks-apart",
      `The provider's clock is ${apart(seconds)} ${how} this installation's, and sign-ins fail beyond one minute. Have the wrong one set right.`,
    );
  }
}

function resultOf(checks: readonly ConnectionCheck[]): ConnectionTest {
  return { works: checks.every(({ outcome }) => outcome !== "failed"), checks: [...checks] };
}

const passed = (check: ConnectionCheck["check"], words: string): ConnectionCheck => ({
  check,
  outcome: "passed",
  words,
});
const failed = (check: ConnectionCheck["check"], reason: string, words: string): ConnectionCheck => ({
  check,
  outcome: "failed",
  reason,
  words,
});
const unknown = (check: ConnectionCheck["check"], reason: string, words: string): ConnectionCheck => ({
  check,
  outcome: "unknown",
  reason,
  words,
});

/** What is none of the provider's is thrown on. */
function thrown(error: unknown): OidcFault {
  if (error instanceof OidcFault) return error;
  throw error;
}
