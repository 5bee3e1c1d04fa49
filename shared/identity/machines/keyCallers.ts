import type { Caller } from "../../platform/caller.ts";
import { Problem } from "../../platform/errors.ts";
import { parseCredential } from "./credentialText.ts";
import { type MachineLookup, type Strangers, WHY } from "./lookup.ts";
import type { Machine } from "./model.ts";
import type { Uses } from "./uses.ts";

interface KeyCallersParts {
  readonly lookup: MachineLookup<Machine>;
  readonly strangers: Strangers;
  readonly uses: Uses;
}

export function isApiKey(token: string): boolean {
  return token.startsWith("cbk_");
}

/**
 * Who calls with this API key; undefined for a key that there is not. Throws `unauthenticated`, with what is wrong, for a text that is no
 * whole key and for a key whose time is over, and `rate-limited` for whoever tries too many.
 */
export async function keyCaller(
  { lookup, strangers, uses }: KeyCallersParts,
  text: string,
  address: string,
): Promise<Caller | undefined> {
  const credential = parseCredential("cbk", text);
  if (credential === undefined) {
    strangers.take(address);
    throw new Problem("unauthenticated", { detail: "This is no whole API key: a letter of it is missing or wrong." });
  }
  const found = await lookup.bySecret(credential, address);
  if ("refused" in found) {
    const why = WHY[found.refused];
    if (why === undefined) return undefined;
    throw new Problem("unauthenticated", { detail: `This API key does not count. ${why}` });
  }
  const { tenantId, id: keyId } = credential;
  void uses.note(tenantId, keyId);
  return { tenantId, actor: { type: "key", keyId }, permissions: new Set(found.scopes) };
}
