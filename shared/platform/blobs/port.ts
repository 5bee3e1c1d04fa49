import type { Readable } from "node:stream";
import type { TenantId } from "../ids.ts";

/** Files of a tenant, in one private container under `<tenantId>/`. One implementation: the Azure SDK, with Azurite locally. */
export interface Blobs {
  // Names are the program's own: up to 512 letters, digits, `.`, `-`, `_` and inner slashes; others throw `RangeError`.
  // Whatever the service does not answer after retries throws `Problem("unavailable")`.
  /**
   * Streams into `<tenantId>/<name>`, replacing what stands there. Fails with `Problem("too-large")` as soon as more than
   * `maxBytes` came, leaving nothing. Resolves to the size in bytes and the SHA-256 in hex.
   */
  write(
    tenantId: TenantId,
    name: string,
    content: Readable,
    options: { readonly contentType: string; readonly maxBytes: number },
  ): Promise<{ readonly size: number; readonly sha256: string }>;
  /**
   * Bytes `start` to `end` inclusive (cut at the end of the blob), or all; undefined when there is no such blob. `size` is
   * the whole blob's, also for a range. Throws `Problem("range-not-satisfiable")` when it begins behind the end.
   */
  read(
    tenantId: TenantId,
    name: string,
    range?: { readonly start: number; readonly end: number },
  ): Promise<{ readonly content: Readable; readonly size: number; readonly contentType: string } | undefined>;
  /** Also when there is no such blob. */
  remove(tenantId: TenantId, name: string): Promise<void>;
  ping(): Promise<void>;
}
