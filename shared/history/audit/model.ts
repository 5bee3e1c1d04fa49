import { z } from "zod";
import { collection } from "../../platform/documents/port.ts";
import { TenantId } from "../../platform/ids.ts";

/** SHA-256 in hex. */
const Hash = z.string().regex(/^[0-9a-f]{64}$/);

/** Who did it. `name` and `role` are those of that moment. */
export const AuditActor = z.object({
  type: z.enum(["user", "key", "client", "system"]),
  id: z.string(),
  name: z.string().optional(),
  role: z.string().optional(),
  sessionId: z.string().optional(),
});
export type AuditActor = z.infer<typeof AuditActor>;

/** What it was done to. `type` is a kind of configuration, or "tenant", "user" and the like. */
export const AuditSubject = z.object({ type: z.string(), id: z.string(), name: z.string().optional() });
export type AuditSubject = z.infer<typeof AuditSubject>;

/** What an event becomes in the audit; its place in the chain is not known yet. */
export const AuditDraft = z.object({
  eventId: z.string(),
  /** When it happened. */
  at: z.iso.datetime(),
  actor: AuditActor,
  /** E.g. `user.signed-in`, `configuration.updated`. */
  action: z.string(),
  subject: AuditSubject,
  details: z.record(z.string(), z.unknown()),
  /** Whence it came: equal for equal addresses, and nobody can read it back. */
  addressHash: z.string().optional(),
});
export type AuditDraft = z.infer<typeof AuditDraft>;

/** One link of a tenant's chain. `hash` is over all the rest (chain.ts); `previousHash` that of the entry before. */
export const AuditEntry = AuditDraft.extend({
  tenantId: TenantId,
  /** From 1, without gaps. */
  sequence: z.int().min(1),
  /** When it was written into the chain. */
  recordedAt: z.iso.datetime(),
  previousHash: Hash,
  hash: Hash,
});
export type AuditEntry = z.infer<typeof AuditEntry>;

/** An entry as it stands in the store or in a file, be it intact or not. */
export const RawEntry = z.record(z.string(), z.unknown());
export type RawEntry = z.infer<typeof RawEntry>;

/** Read as whatever stands there, so that a changed entry is told as such and not as a fault. Id: `sequenceId`. */
export const AuditEntries = collection("history", "audit", RawEntry);

/** That an event was recorded, and where. Id: the event's. */
export const AuditMarks = collection("history", "audit-event", z.object({ sequence: z.int() }));

/** The end of a month's part of the chain; `sequence` 0 where it begins. Id: the month. */
export const AuditHead = z.object({
  sequence: z.int(),
  hash: Hash,
  /** Whether a checkpoint of this part is due. */
  due: z.boolean(),
  /** The month that goes on with the chain: nothing is appended here any more. */
  next: z.string().optional(),
});
export type AuditHead = z.infer<typeof AuditHead>;
export const AuditHeads = collection("history", "audit-head", AuditHead);

/** Stands beside a head that is due, for the timer to find. Id: the month. */
export const AuditDues = collection("history", "audit-due", z.object({}));

/** What a checkpoint says: that the chain had this hash at this entry at this time. */
export const Checkpoint = z.object({ tenantId: TenantId, sequence: z.int().min(1), hash: Hash, at: z.iso.datetime() });
export type Checkpoint = z.infer<typeof Checkpoint>;
/** A checkpoint as a JWS of this type, signed by the installation. Id: `sequenceId` of the entry. */
export const CHECKPOINT_TYPE = "audit-checkpoint+jws";
export const Checkpoints = collection("history", "audit-checkpoint", z.object({ statement: z.string() }));

/** An entry as it is shown: with what happened in words. */
export const ShownEntry = AuditEntry.omit({ tenantId: true, previousHash: true }).extend({ text: z.string() });
export type ShownEntry = z.infer<typeof ShownEntry>;

export const BrokenReason = z.enum([
  "changed",
  "missing",
  "reordered",
  "inserted",
  "truncated",
  "rewritten",
  "checkpoint-forged",
]);
export type BrokenReason = z.infer<typeof BrokenReason>;

/** The first entry that is not as it was written. */
export const Broken = z.object({ sequence: z.int(), reason: BrokenReason });
export type Broken = z.infer<typeof Broken>;

export const Verification = z.object({
  status: z.enum(["intact", "broken"]),
  /** Entries looked at by this call. */
  checked: z.int(),
  firstBroken: Broken.optional(),
  /** Ask for it next as `cursor`; null once the whole chain was walked, or it is broken. */
  nextCursor: z.string().nullable(),
});
export type Verification = z.infer<typeof Verification>;
