import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { encodeBytes, TenantId } from "../../platform/ids.ts";
import { sha256 } from "../rules.ts";

/** `cbk`: an API key. `cbs`: an OAuth2 client's secret. Scanners find leaked ones by these (docs/api/authentication.md). */
export type CredentialPrefix = "cbk" | "cbs";

/** The stored ids' prefixes. */
const ID_PREFIX = { cbk: "key", cbs: "cli" } as const;

/** 25 bytes: 200 random bits, 40 letters of five. */
const SECRET_BYTES = 25;
const SECRET_LETTERS = 40;

/** A credential taken apart: whose it is, what it is of, and what of it is stored. */
export interface Credential {
  readonly tenantId: TenantId;
  /** `key_…` or `cli_…`. */
  readonly id: string;
  /**
   * SHA-256 of the whole text. A slow hash is for what people choose: nobody guesses 200 random bits, however fast, and each request
   * is checked.
   */
  readonly hash: string;
}

/** A new secret, as it is told once: `<prefix>_<tenant>_<id>_<secret>_<checksum>`. */
export function newCredential(prefix: CredentialPrefix, tenantId: TenantId, id: string): string {
  const text = [
    prefix,
    withoutPrefix(tenantId),
    withoutPrefix(id),
    encodeBytes(randomBytes(SECRET_BYTES), SECRET_LETTERS),
  ];
  return withChecksum(text.join("_"));
}

/** Undefined for any text that is not whole: of another form, or changed in a letter, which its checksum tells. */
export function parseCredential(prefix: CredentialPrefix, text: string): Credential | undefined {
  const [, whole, tenant, id] =
    /^((?:cbk|cbs)_([0-9a-z]{20})_([0-9a-z]{20})_[0-9a-z]{40})_[0-9a-f]{8}$/.exec(text) ?? [];
  if (whole === undefined || !whole.startsWith(`${prefix}_`) || withChecksum(whole) !== text) return undefined;
  return { tenantId: TenantId.parse(`ten_${tenant}`), id: `${ID_PREFIX[prefix]}_${id}`, hash: sha256(text) };
}

/** What of a credential may be shown: all but its secret. */
export function shownPrefix(prefix: CredentialPrefix, tenantId: TenantId, id: string): string {
  return `${prefix}_${withoutPrefix(tenantId)}_${withoutPrefix(id)}`;
}

/** An OAuth2 `client_id`: names the tenant too, so that a client is found without a look across tenants. */
export function clientIdOf(tenantId: TenantId, id: string): string {
  return `cbc_${withoutPrefix(tenantId)}_${withoutPrefix(id)}`;
}

export function parseClientId(text: string): Omit<Credential, "hash"> | undefined {
  const [, tenant, id] = /^cbc_([0-9a-z]{20})_([0-9a-z]{20})$/.exec(text) ?? [];
  return tenant === undefined ? undefined : { tenantId: TenantId.parse(`ten_${tenant}`), id: `cli_${id}` };
}

function withChecksum(text: string): string {
  return `${text}_${crc32(text).toString(16).padStart(8, "0")}`;
}

function withoutPrefix(id: string): string {
  return id.slice(4);
}
