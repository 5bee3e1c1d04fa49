import { z } from "zod";
import { ConfigurationId } from "../../shared/configuration/kinds.ts";
import { ConnectionTest, FLOW_SECONDS, ReturnTo } from "../../shared/identity/oidc/model.ts";
import { OfferedProvider } from "../../shared/identity/providers/model.ts";
import { Challenge } from "../../shared/identity/secondFactor/model.ts";
import { Problem } from "../../shared/platform/errors.ts";
import { Reply, type SetCookie } from "../../shared/platform/http/route.ts";
import { route } from "../route.ts";
import { heldChallenge, landed, toAddress, toDesk, withoutChallenge } from "./landing.ts";

const CALLBACK = "auth/oidc/callback";
const FLOW_COOKIE = "cordboard_oidc_";

/**
 * Ties a sign-in to the browser it began in. The provider's site sends the browser back, which makes that a cross-site navigation:
 * a Strict cookie would stay at home, and a Lax one goes with it, as it does with no form, frame or script of another site
 * (https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-5.2). The refresh cookie that the answer sets can be
 * Strict all the same: a top-level navigation may set it, and it is the desk's own page that uses it.
 */
function flowCookie(flowId: string, value: string, maxAge: number): SetCookie {
  return { name: `${FLOW_COOKIE}${flowId}`, value, path: `/api/${CALLBACK}`, maxAge, sameSite: "Lax" };
}

const providers = route({
  method: "GET",
  path: "auth/providers",
  permission: "public",
  summary: "By whom else an organisation's people sign in; of an organisation that there is not, by nobody",
  query: z.object({ tenant: z.string().trim().toLowerCase().min(1).max(100) }),
  response: z.object({ providers: z.array(OfferedProvider) }),
  handler: async ({ query }, { signInProviders }) => ({
    providers: [...(await signInProviders.offered(query.tenant))],
  }),
});

/** Bounded, and no more: what cannot be right is as unknown as any other, and the browser shows the desk and no JSON. */
const Word = z
  .string()
  .toLowerCase()
  .regex(/^[a-z0-9_-]{1,100}$/)
  .catch("-");

const start = route({
  method: "GET",
  path: "auth/oidc/{tenant}/{provider}/start",
  permission: "public",
  summary: "Send the browser to a provider of OpenID Connect to sign in there",
  params: z.object({ tenant: Word, provider: Word }),
  query: z.object({ returnTo: ReturnTo.optional().catch(undefined).describe("A page of the desk") }),
  response: "raw",
  handler: async ({ params: { tenant, provider }, query: { returnTo }, request }, { oidc }) => {
    const departure = await oidc.start(tenant, provider, returnTo, request.clientAddress);
    if ("failure" in departure) return toDesk("/sign-in", { error: departure.failure });
    const { url, browser } = departure;
    return toAddress(url, [flowCookie(browser.flowId, browser.secret, FLOW_SECONDS)]);
  },
});

/** As RFC 6749, appendix A, has them. A code may be long: Microsoft's are of 1 to 2 KB. */
const Parameter = z
  .string()
  .regex(/^[\x20-\x7e]{1,8192}$/)
  .optional()
  .catch(undefined);
const Parameters = z.object({
  state: Parameter,
  code: Parameter,
  iss: Parameter,
  error: Parameter,
  error_description: Parameter,
});

const callback = route({
  method: "GET",
  path: CALLBACK,
  permission: "public",
  summary: "Where a provider of OpenID Connect sends the browser back to",
  query: Parameters,
  response: "raw",
  handler: async ({ query, request }, { oidc }) => {
    const parameters = new URLSearchParams(
      Object.entries(query).flatMap(([name, value]) => (value ? [[name, value]] : [])),
    );
    // Each flow has a cookie of its own, so that several may be on their way in one browser.
    const flowId = parameters.get("state")?.split(".")[1] ?? "";
    const browserSecret = request.cookies.get(flowCookie(flowId, "", 0).name);
    const landing = await oidc.finish({ parameters, browserSecret, address: request.clientAddress });
    return landed(landing, browserSecret === undefined ? [] : [flowCookie(flowId, "", 0)]);
  },
});

const challenge = route({
  method: "POST",
  path: "auth/challenge",
  permission: "public",
  summary: "What is still to be shown after a sign-in by a provider; told once",
  rateLimit: { perMinute: 120 },
  response: Challenge,
  handler: async ({ request }) => {
    const held = heldChallenge(request.cookies);
    if (held === undefined) throw new Problem("session-expired", { detail: "Please sign in once more." });
    return new Reply(held, { cookies: [withoutChallenge()] });
  },
});

const testConnection = route({
  method: "POST",
  path: "configuration/sign-in-providers/{id}/test",
  permission: "tenant.manage",
  summary: "Look at a sign-in provider as a sign-in would, and say what is the matter",
  params: z.object({ id: ConfigurationId }),
  rateLimit: { perMinute: 20 },
  response: ConnectionTest,
  handler: ({ caller, params: { id } }, { oidc }) => oidc.test(caller, id),
});

export const oidcRoutes = [providers, start, callback, challenge, testConnection];
