import type { ConfigurationLog } from "../../configuration/service.ts";
import type { Blobs } from "../../platform/blobs/port.ts";
import type { Caller } from "../../platform/caller.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Directory } from "../../platform/directory/directory.ts";
import type { Documents } from "../../platform/documents/port.ts";
import { Problem } from "../../platform/errors.ts";
import type { TenantId } from "../../platform/ids.ts";
import type { Outbox } from "../../platform/outbox/outbox.ts";
import type { QueueSender } from "../../platform/queue/port.ts";
import type { Realtime } from "../../platform/realtime/port.ts";
import type { Telemetry } from "../../platform/telemetry/port.ts";
import type { Tenant } from "../model.ts";
import { closeSockets } from "./desks.ts";
import { eraseSome } from "./erasure.ts";
import { TenantLookup } from "./lookup.ts";
import { MediaRoom } from "./mediaRoom.ts";
import { MessageAllowance } from "./messageAllowance.ts";
import type { TenantErasure } from "./model.ts";
import { type Limits, limitOf, limitReached } from "./plans.ts";
import { enqueueReviews, review } from "./reviews.ts";
import { allows, requireTenant, type TenantAct } from "./rules.ts";
import { requestVerification, verify } from "./verification.ts";

export type { TenantAct } from "./rules.ts";

export interface TenancyDependencies {
  readonly documents: Documents;
  readonly outbox: Outbox;
  readonly queue: QueueSender;
  readonly directory: Directory;
  readonly log: ConfigurationLog;
  readonly blobs: Blobs;
  readonly realtime: Realtime;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  /** Days from a deactivation to the erasure. */
  readonly graceDays: number;
}

/** What tenants are allowed by their state and their plan, and what becomes of them by themselves. */
export class Tenancy {
  readonly #parts: TenancyDependencies;
  readonly #lookup: TenantLookup;
  readonly #allowance: MessageAllowance;
  readonly #media: MediaRoom;

  constructor(dependencies: TenancyDependencies) {
    const { documents, clock } = dependencies;
    this.#parts = dependencies;
    this.#lookup = new TenantLookup(documents, clock);
    this.#allowance = new MessageAllowance(documents, clock);
    this.#media = new MediaRoom(dependencies);
  }

  /** Throws what `requireTenant` does, by a state that is at most 10 s old. A tenant that never was counts as erased. */
  async require(tenantId: TenantId, act: TenantAct): Promise<void> {
    requireTenant(await this.#known(tenantId), act);
  }

  /** Whether the state, at most 10 s old, allows it. */
  async allows(tenantId: TenantId, act: TenantAct): Promise<boolean> {
    const tenant = await this.#lookup.find(tenantId);
    return tenant !== undefined && allows(tenant, act);
  }

  /** Whether messages may go out at this moment, by the state as it is. */
  async maySendNow(tenantId: TenantId): Promise<boolean> {
    const tenant = await this.#lookup.read(tenantId);
    return tenant !== undefined && allows(tenant, "send");
  }

  /**
   * Takes one of today's messages. Throws what `requireTenant` does, and `plan-limit-reached` with the seconds to midnight (UTC)
   * when none is left; see MessageAllowance for how exact that is.
   */
  async takeMessage(tenantId: TenantId): Promise<void> {
    const tenant = await this.#known(tenantId);
    requireTenant(tenant, "send");
    await this.#allowance.take(tenant);
  }

  /** Throws `plan-limit-reached` where one more beside those `inUse` is too many. */
  async requireRoom(tenantId: TenantId, what: "agents" | "channels" | "invitations", inUse: number): Promise<void> {
    const tenant = await this.#known(tenantId);
    if (inUse >= limitOf(tenant, what)) throw limitReached(tenant, what);
  }

  /** The most that a tenant's plan allows. */
  async limit(tenantId: TenantId, what: keyof Limits): Promise<number> {
    return limitOf(await this.#known(tenantId), what);
  }

  /** Throws `plan-limit-reached` where a file of so many bytes is too much. */
  async requireMediaRoom(tenantId: TenantId, bytes: number): Promise<void> {
    await this.#media.require(await this.#known(tenantId), bytes);
  }

  /** A file came, or with a negative number went. Never throws. */
  countMedia(tenantId: TenantId, bytes: number): Promise<void> {
    return this.#media.count(tenantId, bytes);
  }

  /** See verification.ts. */
  verify(token: string): Promise<Pick<Tenant, "name" | "slug">> {
    return verify(this.#parts, token);
  }

  requestVerification(caller: Caller, idempotencyKey: string | undefined): Promise<{ readonly verified: boolean }> {
    return requestVerification(this.#parts, caller, idempotencyKey);
  }

  /** Puts a job on the queue for each tenant for which something is due within a day, at its time; resolves to how many. */
  enqueueReviews(): Promise<number> {
    return enqueueReviews(this.#parts);
  }

  /** Does what is due for a tenant, and says when to look again. */
  review(caller: Caller, slug: string): Promise<void> {
    return review(this.#parts, caller, slug);
  }

  /** A part of an erasure; see erasure.ts. */
  erase(caller: Caller, job: TenantErasure): Promise<void> {
    return eraseSome(this.#parts, caller, job);
  }

  /** Closes the desks of a tenant whose people may not sign in any more. */
  async closeDesks(tenantId: TenantId): Promise<void> {
    if (!(await this.allows(tenantId, "sign-in"))) await closeSockets(this.#parts, tenantId);
  }

  async #known(tenantId: TenantId): Promise<Tenant> {
    const tenant = await this.#lookup.find(tenantId);
    if (tenant === undefined) throw new Problem("tenant-erased");
    return tenant;
  }
}
