import { randomBytes } from "node:crypto";
import { TenantId } from "../platform/ids.ts";
import { sha256 } from "./rules.ts";

const SECRET_BYTES = 32;

/** The token of a link in a mail, and what is kept of it. */
interface LinkToken {
  /** `<tenant id>.<secret>`, of letters that need no escape in a link's fragment. */
  readonly text: string;
  /** SHA-256 of the secret: the id under which the token is kept in its tenant. */
  readonly id: string;
}

export function newLinkToken(tenantId: TenantId): LinkToken {
  const secret = randomBytes(SECRET_BYTES).toString("base64url");
  return { text: `${tenantId}.${secret}`, id: sha256(secret) };
}

/** Where a token from outside would be kept; undefined for a text that cannot be one. */
export function parseLinkToken(text: string): { readonly tenantId: TenantId; readonly id: string } | undefined {
  const [tenant, secret, ...rest] = text.split(".");
  const tenantId = TenantId.safeParse(tenant).data;
  if (tenantId === undefined || secret === undefined || rest.length > 0) return undefined;
  if (!/^[\w-]{43}$/.test(secret)) return undefined;
  return { tenantId, id: sha256(secret) };
}
