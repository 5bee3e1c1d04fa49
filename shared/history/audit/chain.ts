import { createHash } from "node:crypto";
import type { TenantId } from "../../platform/ids.ts";
import { canonicalJson } from "./canonicalJson.ts";
import type { AuditDraft, AuditEntry, RawEntry } from "./model.ts";

/** Where a chain begins: before the first entry. */
export const BEGINNING = { sequence: 0, hash: "0".repeat(64) } as const;

/** An entry's place, and the hash of everything up to it. */
export interface Link {
  readonly sequence: number;
  readonly hash: string;
}

/** SHA-256, in hex, over the canonical JSON (RFC 8785) of the entry without its hash. */
export function hashOf({ hash: _, ...rest }: RawEntry): string {
  return createHash("sha256").update(canonicalJson(rest)).digest("hex");
}

/** The draft as the entry that comes after `previous`. */
export function linked(tenantId: TenantId, previous: Link, draft: AuditDraft, recordedAt: string): AuditEntry {
  const { sequence, hash: previousHash } = previous;
  const entry = { tenantId, sequence: sequence + 1, ...draft, recordedAt, previousHash };
  return { ...entry, hash: hashOf(entry) };
}

/** A place in the chain as an id that sorts; enough digits for every safe integer. */
export function sequenceId(sequence: number): string {
  return String(sequence).padStart(16, "0");
}

/** The partition that something recorded now belongs to, e.g. `2026-11`. */
export function monthOf(now: Date): string {
  return now.toISOString().slice(0, 7);
}
