import type { Expected } from "../../assertion.ts";
import type { SamlRefusal } from "../../refusal.ts";
import type { Trust } from "../../verify.ts";
import { AUDIENCE, NOW, PROVIDER, RECIPIENT, REQUEST_ID, responseXml, type Said, saying } from "../said.ts";
import { newPair, type Pair, sign } from "../signing.ts";

export type Signed = Trust["signed"];

export interface Keys {
  readonly provider: Pair;
  /** Of somebody else who can sign. */
  readonly foreign: Pair;
  /** Ours, for which assertions are encrypted. */
  readonly service: Pair;
}

export function newKeys(): Keys {
  return { provider: newPair("provider"), foreign: newPair("foreign"), service: newPair("service") };
}

/** A response that must be refused, and why. */
export interface Attack {
  readonly name: string;
  /** What the tenant wants signed. */
  readonly signed: Signed;
  readonly reason: SamlRefusal;
  /** XML. */
  readonly forge: (keys: Keys) => string | Promise<string>;
  readonly expected?: Partial<Expected>;
}

export function trustIn({ provider, service }: Keys, signed: Signed): Trust {
  return { certificates: [provider.certificate], signed, decryptionKey: async () => service.key };
}

export const EXPECTED: Expected = {
  issuer: PROVIDER,
  audience: AUDIENCE,
  recipient: RECIPIENT,
  requestId: REQUEST_ID,
  allowUnsolicited: false,
  now: NOW,
};

export const EACH: readonly Signed[] = ["assertion", "response", "both"];

/** What the provider sends when all is right. */
export function genuine({ provider }: Pick<Keys, "provider">, signed: Signed, said: Partial<Said> = {}): string {
  return signedXml(responseXml(saying(said)), provider, signed);
}

export function signedXml(xml: string, pair: Pair, signed: Signed): string {
  const assertion = signed === "response" ? xml : sign(xml, "assertion", pair);
  return signed === "assertion" ? assertion : sign(assertion, "response", pair);
}

/** The same attack on each way to sign. */
export function onEach(
  name: string,
  reason: SamlRefusal,
  forge: (keys: Keys, signed: Signed) => string | Promise<string>,
  more: { readonly ways?: readonly Signed[]; readonly expected?: Partial<Expected> } = {},
): readonly Attack[] {
  const { ways = EACH, expected = {} } = more;
  return ways.map((signed) => ({ name, signed, reason, expected, forge: (keys) => forge(keys, signed) }));
}
