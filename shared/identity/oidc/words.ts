import type { ClientSettings } from "./client.ts";
import type { OidcFault, OidcReason } from "./faults.ts";

/** What an admin can do about a fault that showed while `asked` was asked for. */
export function wordsFor(
  fault: OidcFault,
  asked: { readonly url: string; readonly what: string },
  settings: Pick<ClientSettings, "issuer">,
): string {
  const { host } = new URL(asked.url);
  const words: Partial<Record<OidcReason, string>> = {
    "insecure-address": `${asked.url} is no https address, and others are not used.`,
    "forbidden-address": `${host} leads to a private network, which this installation does not reach. The provider has to be on the internet.`,
    "unknown-host": `There is no server with the name ${host}. Check how it is spelled.`,
    unreachable: `${host} takes no connection, or breaks it off. Check the address, and whether a firewall stands between.`,
    "insecure-connection": `${host} has no certificate that this installation trusts. It may have run out, or be one that the organisation has issued to itself.`,
    "too-slow": `${host} did not answer within 10 seconds. Try again, and ask whoever runs it if it stays so.`,
    "too-large": `The answer for ${asked.what} is larger than 1 MB, or not what it should be.`,
    "unexpected-status": `${host} has nothing at ${asked.url}, or something is the matter with it. Check the issuer: the provider's settings have it as “issuer” or “authority”.`,
    "not-json": `At ${asked.url} there is something else than ${asked.what}. Check the issuer: the provider's settings have it as “issuer” or “authority”.`,
    malformed: `The provider's description of itself lacks an address that signing in needs.`,
    "issuer-mismatch": issuerMismatch(fault.said ?? "otherwise", settings.issuer),
    "wrong-client":
      "The provider does not accept client id and secret together. Copy both once more; a secret may also have run out.",
    "provider-refused": `The provider refuses the request: ${fault.said}.`,
  };
  return words[fault.reason] ?? `The provider's answer is not what it should be (${fault.reason}).`;
}

function issuerMismatch(said: string, issuer: string): string {
  return said.includes("{tenantid}")
    ? `${issuer} is for the people of all of Microsoft's customers. Put your own directory's id in the place of “common” or “organizations”.`
    : `The provider calls itself ${said}. Enter exactly that as the issuer.`;
}

/** Whole seconds, as people say them. */
export function apart(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return seconds < 120 ? `${Math.round(seconds)} seconds` : `${minutes} minutes`;
}
