import { createPublicKey, type KeyObject } from "node:crypto";
import { z } from "zod";

/** What assertions may be signed with (RFC 7518, RFC 8037), by key type. */
export const ALGORITHMS = { EC: ["ES256"], RSA: ["RS256", "PS256"], OKP: ["EdDSA"] } as const;

/** Below it RFC 7518 forbids RSA; above it a check is dear. */
const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;
const MAX_KEYS = 10;

const Bytes = (max: number) =>
  z
    .string()
    .regex(/^[\w-]+$/, "Not base64url")
    .max(max);
const COMMON = {
  kid: z.string().min(1).max(255).optional(),
  use: z.literal("sig").optional(),
  d: z.never({ error: "This is the private half. Send the public half only, and make a new pair." }).optional(),
};

const Jwk = z.discriminatedUnion("kty", [
  z.object({
    kty: z.literal("EC"),
    crv: z.literal("P-256"),
    x: Bytes(43),
    y: Bytes(43),
    alg: z.enum(ALGORITHMS.EC).optional(),
    ...COMMON,
  }),
  z.object({
    kty: z.literal("OKP"),
    crv: z.literal("Ed25519"),
    x: Bytes(43),
    alg: z.enum(ALGORITHMS.OKP).optional(),
    ...COMMON,
  }),
  z.object({ kty: z.literal("RSA"), n: Bytes(1400), e: Bytes(8), alg: z.enum(ALGORITHMS.RSA).optional(), ...COMMON }),
]);
export type PublicKey = z.infer<typeof Jwk>;

/** A public key as a JWK, of a kind that we verify with; all other members are dropped. */
const PublicKey = Jwk.refine(
  (jwk) => keyObjectOf(jwk) !== undefined,
  "Not a public key; RSA keys have 2048 to 8192 bits",
);

/** A JWK Set (RFC 7517) of 1 to 10 keys. */
export const PublicKeys = z.object({
  keys: z
    .array(PublicKey)
    .min(1)
    .max(MAX_KEYS)
    .refine((keys) => haveNamesOfTheirOwn(keys), "Two keys have one kid"),
});
export type PublicKeys = z.infer<typeof PublicKeys>;

function haveNamesOfTheirOwn(keys: readonly PublicKey[]): boolean {
  const names = keys.flatMap(({ kid }) => kid ?? []);
  return new Set(names).size === names.length;
}

/** The key to verify with; undefined for what is none, or too weak a one. */
export function keyObjectOf({ d: _, ...jwk }: PublicKey): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: jwk, format: "jwk" });
    const { modulusLength } = key.asymmetricKeyDetails ?? {};
    const isWeak = modulusLength !== undefined && (modulusLength < MIN_RSA_BITS || modulusLength > MAX_RSA_BITS);
    return isWeak ? undefined : key;
  } catch {
    return undefined;
  }
}

/** Of a set somebody publishes, those that we can verify with: others may be for other purposes. At most 10. */
export function usableKeys(published: unknown): readonly PublicKey[] {
  const all = z.object({ keys: z.array(z.unknown()).max(100) }).safeParse(published).data?.keys ?? [];
  return all.flatMap((each) => PublicKey.safeParse(each).data ?? []).slice(0, MAX_KEYS);
}

/** The keys that a signature with this header may be of. */
export function candidates(
  keys: readonly PublicKey[],
  { alg, kid }: { alg: string; kid?: string | undefined },
): readonly PublicKey[] {
  return keys.filter((key) => {
    const fits: readonly string[] = ALGORITHMS[key.kty];
    if (!fits.includes(alg) || (key.alg !== undefined && key.alg !== alg)) return false;
    return kid === undefined || key.kid === kid;
  });
}
