import { createHash, type KeyObject } from "node:crypto";
import { CompactSign, compactVerify, errors } from "jose";
import type { SigningKey } from "./signingKeys.ts";

/** The key id of a public key: the beginning of its SHA-256. */
export function kidOf(x: string): string {
  return createHash("sha256").update(x).digest("base64url").slice(0, 16);
}

/**
 * A statement in JSON, signed (JWS, RFC 7515, compact). `type` is its `typ`: what was signed as one thing is never taken for
 * another, least of all for an access token.
 */
export function signText({ kid, privateKey }: SigningKey, type: string, words: object): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(words)))
    .setProtectedHeader({ alg: "EdDSA", kid, typ: type })
    .sign(privateKey);
}

/** The words of a statement of this type whose key `find` knows, or undefined. */
export async function verifyText(
  text: string,
  type: string,
  find: (kid: string) => Promise<KeyObject | undefined>,
): Promise<unknown> {
  try {
    const { payload, protectedHeader } = await compactVerify(
      text,
      async ({ kid }) => {
        const key = kid === undefined ? undefined : await find(kid);
        if (key === undefined) throw new errors.JWKSNoMatchingKey();
        return key;
      },
      { algorithms: ["EdDSA"] },
    );
    return protectedHeader.typ === type ? JSON.parse(Buffer.from(payload).toString()) : undefined;
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
