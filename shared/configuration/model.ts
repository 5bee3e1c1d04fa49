import { z } from "zod";
import type { Actor, Caller, Permission } from "../platform/caller.ts";
import { type Collection, collection, type Operation, type TenantStore } from "../platform/documents/port.ts";
import type { DomainEvent } from "../platform/events/event.ts";
import type { TenantId } from "../platform/ids.ts";
import type { Consequences } from "../platform/outbox/outbox.ts";
import { CONFIGURATION_KINDS, ConfigurationId, type ConfigurationKind } from "./kinds.ts";

/** Who changed something: a person, a machine, or a part of the system. Sessions are not named: changes are read by many. */
export const ChangedBy = z.discriminatedUnion("type", [
  z.object({ type: z.literal("user"), userId: z.string() }),
  z.object({ type: z.literal("key"), keyId: z.string() }),
  z.object({ type: z.literal("client"), clientId: z.string() }),
  z.object({ type: z.literal("system"), name: z.string() }),
]);
export type ChangedBy = z.infer<typeof ChangedBy>;

/** What stands now: a value and the revision that made it so. */
export interface Item<T> {
  readonly value: T;
  readonly revision: number;
  readonly updatedAt: string;
  readonly updatedBy: ChangedBy;
}

function itemSchema<T>(value: z.ZodType<T>): z.ZodType<Item<T>> {
  return z.object({ value, revision: z.int(), updatedAt: z.iso.datetime(), updatedBy: ChangedBy });
}

export const ChangeAction = z.enum(["created", "updated", "deleted"]);
export type ChangeAction = z.infer<typeof ChangeAction>;

const Recorded = z.record(z.string(), z.unknown()).nullable();

/** One entry of the log: the history, the diff, the audit and what listeners apply. Never holds secrets. */
export const Change = z.object({
  revision: z.int(),
  kind: z.enum(CONFIGURATION_KINDS),
  id: ConfigurationId,
  action: ChangeAction,
  before: Recorded,
  after: Recorded,
  /** Names of the secrets that were set anew. */
  secretsChanged: z.array(z.string()),
  by: ChangedBy,
  at: z.iso.datetime(),
});
export type Change = z.infer<typeof Change>;

/** A kind as the log keeps it. */
export interface LoggedKind<V> {
  readonly name: ConfigurationKind;
  readonly items: Collection<Item<V>>;
  /** What of a value the log may hold: all but its secrets. */
  readonly record: (value: V) => Record<string, unknown>;
}

export function loggedKind<V>(
  name: ConfigurationKind,
  value: z.ZodType<V>,
  record: LoggedKind<V>["record"],
): LoggedKind<V> {
  return { name, items: collection("configuration", name, itemSchema(value)), record };
}

/** What one write decided. It may be decided anew, over what then stands, when another change came first. */
export interface Edit<V> {
  /** Undefined deletes. */
  readonly value: V | undefined;
  readonly secretsChanged?: readonly string[];
  /** Committed with it; in container `configuration`, partition `[]`. */
  readonly operations?: readonly Operation[];
  /** What follows from it: events beside `configuration.changed`, and messages. */
  readonly events?: readonly DomainEvent[];
  readonly messages?: Consequences["messages"];
}

/** What a decision stands on: a consistent view, because a change that comes first makes the commit fail. */
export interface Standing<V> {
  readonly store: TenantStore;
  readonly current: V | undefined;
  /** The revision that this write will have. */
  readonly revision: number;
}

/** One PUT or DELETE under way. */
export interface Write {
  readonly caller: Caller;
  readonly id: string;
}

export type Decide<V> = (standing: Standing<V>) => Promise<Edit<V>>;

/** A change that stands, and who made it. */
export interface Made {
  readonly tenantId: TenantId;
  readonly actor: Actor;
  readonly change: Change;
}

/** All there is to a kind of configuration: what it decides, what it shows. */
export interface KindRules<Input, V, Shown> {
  readonly kind: LoggedKind<V>;
  /** What changing it takes; reading takes `configuration.read`. */
  readonly writePermission: Permission;
  put(write: Write, input: Input): Decide<V>;
  remove(write: Write): Decide<V>;
  /**
   * Does what a change left to do, by what stands by now; doing it again changes nothing. The write does it, and the change's
   * event once more: a write that is cut off leaves nothing undone.
   */
  settle(made: Made): Promise<void>;
  /** As the API shows them; in the same order. */
  show(tenantId: TenantId, items: readonly Identified<V>[]): Promise<readonly Shown[]>;
}

export interface Identified<V> extends Item<V> {
  readonly id: string;
}
