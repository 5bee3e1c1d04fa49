import { z } from "zod";
import type { AuditActor, AuditDraft, AuditSubject } from "./model.ts";

type Told = Pick<AuditDraft, "actor" | "action" | "subject" | "details">;

/** What happened, for people: by the names of that moment. By action; what is not here is told by the action's own words. */
const WORDS: Readonly<Record<string, (told: Told) => string>> = {
  "tenant.signed-up": ({ actor, subject }) => `${who(actor)} made the organisation ${whom(subject)}`,
  "tenant.activated": ({ actor, subject }) => `${who(actor)} activated the organisation ${whom(subject)}`,
  "tenant.suspended": ({ actor, subject }) => `${who(actor)} suspended the organisation ${whom(subject)}`,
  "tenant.deactivated": ({ actor, subject }) => `${who(actor)} deactivated the organisation ${whom(subject)}`,
  "tenant.trial-extended": ({ actor, subject }) => `${who(actor)} extended the trial of ${whom(subject)}`,
  "tenant.trial-warned": ({ subject }) => `The owners of ${whom(subject)} were warned that the trial ends`,
  "tenant.erased": ({ actor, subject }) => `${who(actor)} erased the organisation ${whom(subject)}`,
  "user.signed-in": ({ actor, details }) => `${who(actor)} signed in${by(details)}`,
  "user.refused": ({ actor, subject, details }) => refused(actor, subject, details),
  "user.verified": ({ subject }) => `${whom(subject)} showed that their e-mail address is theirs`,
  "user.linked": ({ subject }) => `${whom(subject)} was linked to single sign-on`,
  "user.password-reset-asked": ({ subject }) => `A new password for ${whom(subject)} was asked for`,
  "user.password-changed": ({ actor, subject }) => `${who(actor)} changed ${theirs("password", actor, subject)}`,
  "user.second-factor-added": ({ actor, subject }) => `${who(actor)} set ${theirs("second factor", actor, subject)}`,
  "user.second-factor-removed": ({ actor, subject }) =>
    `${who(actor)} removed ${theirs("second factor", actor, subject)}`,
  "user.second-factor-used-recovery-code": ({ subject }) => `${whom(subject)} signed in with a recovery code`,
  "api-key.created": ({ actor, subject }) => `${who(actor)} made the API key ${whom(subject)}`,
  "api-key.rotated": ({ actor, subject }) => `${who(actor)} renewed the API key ${whom(subject)}`,
  "api-key.revoked": ({ actor, subject }) => `${who(actor)} revoked the API key ${whom(subject)}`,
  "oauth-client.created": ({ actor, subject }) => `${who(actor)} made the client ${whom(subject)}`,
  "oauth-client.changed": ({ actor, subject }) => `${who(actor)} changed the client ${whom(subject)}`,
  "oauth-client.rotated": ({ actor, subject }) => `${who(actor)} renewed the secret of the client ${whom(subject)}`,
  "oauth-client.revoked": ({ actor, subject }) => `${who(actor)} revoked the client ${whom(subject)}`,
  "configuration.created": ({ actor, subject, details }) =>
    `${who(actor)} added ${item(subject)}${as(subject, details)}`,
  "configuration.updated": ({ actor, subject, details }) => `${who(actor)} ${updated(subject, details)}`,
  "configuration.deleted": ({ actor, subject }) => `${who(actor)} removed ${item(subject)}`,
};

/** Whether there are words for it, for the test that nothing lacks them. */
export function hasWords(action: string): boolean {
  return Object.hasOwn(WORDS, action);
}

export function wordsFor(told: Told): string {
  const words = Object.hasOwn(WORDS, told.action) ? WORDS[told.action] : undefined;
  return words?.(told) ?? `${who(told.actor)}: ${told.action.replaceAll(/[.-]/g, " ")} ${whom(told.subject)}`;
}

const KINDS: Readonly<Record<string, string>> = {
  users: "user",
  roles: "role",
  "whatsapp-channels": "WhatsApp number",
  "sign-in-providers": "sign-in provider",
};

const REASONS: Readonly<Record<string, string>> = {
  "wrong-password": "wrong password",
  "no-password": "no password is set",
  "unknown-account": "there is no such account",
  inactive: "the account is not active",
  "tenant-deactivated": "the organisation is deactivated",
  "rate-limited": "too many tries",
  "refresh-token-replayed": "a copy of the sign-in was used",
  forbidden: "not permitted",
};

function who({ type, id, name }: AuditActor): string {
  if (type === "system") return "Cordboard";
  return name ?? (type === "key" ? `The API key ${id}` : type === "client" ? `The client ${id}` : id);
}

function whom({ id, name }: AuditSubject): string {
  return name ?? id;
}

function theirs(thing: string, actor: AuditActor, subject: AuditSubject): string {
  return actor.id === subject.id ? `their own ${thing}` : `the ${thing} of ${whom(subject)}`;
}

function item(subject: AuditSubject): string {
  if (subject.type === "security") return "the security settings";
  return `the ${KINDS[subject.type] ?? subject.type.replaceAll("-", " ")} ${whom(subject)}`;
}

const Methods = z.object({ methods: z.array(z.string()) });

function by(details: Told["details"]): string {
  const { methods = [] } = Methods.safeParse(details).data ?? {};
  return methods.length === 0 ? "" : ` by ${methods.join(" and ").replaceAll("-", " ")}`;
}

const Refused = z.object({ reason: z.string(), count: z.int().default(1), wanted: z.array(z.string()).default([]) });

function refused(actor: AuditActor, subject: AuditSubject, details: Told["details"]): string {
  const { reason = "", count = 1, wanted = [] } = Refused.safeParse(details).data ?? {};
  const whose = subject.type === "tenant" ? "Somebody" : actor.type === "system" ? whom(subject) : who(actor);
  const what = wanted.length === 0 ? "" : ` (${wanted.join(", ")})`;
  const times = count === 1 ? "" : `, ${count} times within a minute`;
  return `${whose} was refused: ${REASONS[reason] ?? reason.replaceAll("-", " ")}${what}${times}`;
}

const FieldChanges = z.object({
  changes: z
    .array(z.object({ field: z.string(), from: z.unknown().optional(), to: z.unknown().optional() }))
    .default([]),
  secretsChanged: z.array(z.string()).default([]),
});
type FieldChange = z.infer<typeof FieldChanges>["changes"][number];

function as({ type }: AuditSubject, details: Told["details"]): string {
  const { changes = [] } = FieldChanges.safeParse(details).data ?? {};
  const role = changes.find(({ field }) => field === "role")?.to;
  return type === "users" && typeof role === "string" ? ` as ${role}` : "";
}

/** "changed the role of Ben from agent to admin", and so for each field. */
function updated(subject: AuditSubject, details: Told["details"]): string {
  const { changes = [], secretsChanged = [] } = FieldChanges.safeParse(details).data ?? {};
  const of = subject.type === "users" ? whom(subject) : item(subject);
  const parts = [
    ...changes.map((change) => changed(of, change)),
    ...secretsChanged.map((secret) => `set the ${spelled(secret)} of ${of} anew`),
  ];
  return parts.length === 0 ? `changed ${item(subject)}` : parts.join(", ");
}

function changed(of: string, { field, from, to }: FieldChange): string {
  if (field === "active" && to === false) return `deactivated ${of}`;
  if (field === "active" && to === true) return `reactivated ${of}`;
  const before = shown(from);
  const after = shown(to);
  const how = after === undefined ? "" : before === undefined ? ` to ${after}` : ` from ${before} to ${after}`;
  return `changed the ${spelled(field)} of ${of}${how}`;
}

/** What can be said in a sentence; the details have the rest. */
function shown(value: unknown): string | undefined {
  if (typeof value === "string" && value !== "" && value.length <= 80) return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

/** `displayPhoneNumber` → "display phone number". */
function spelled(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
