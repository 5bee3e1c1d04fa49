import type { ConfigurationLog } from "../../configuration/service.ts";
import { noticeMessage } from "../../notices/model.ts";
import { type Caller, systemCaller, userIdOf } from "../../platform/caller.ts";
import type { Clock } from "../../platform/clock.ts";
import {
  CommitRejected,
  create,
  type Documents,
  type Operation,
  remove,
  replace,
  type Stored,
  type TenantStore,
  upsert,
} from "../../platform/documents/port.ts";
import { Problem } from "../../platform/errors.ts";
import { newEvent } from "../../platform/events/newEvent.ts";
import type { TenantId } from "../../platform/ids.ts";
import type { Consequences, Outbox } from "../../platform/outbox/outbox.ts";
import { newLinkToken, parseLinkToken } from "../linkToken.ts";
import { type Tenant, Tenants, Users } from "../model.ts";
import { sha256 } from "../rules.ts";
import { type Requests, VerificationRequests, VerificationTokens } from "./model.ts";

const DAY = 24 * 60 * 60;
/** Seconds: 3 days. */
const LINK_WORKS_FOR = 3 * DAY;
/** Links that a person may ask for within 24 hours, beside that of the sign-up. */
const REQUESTS_A_DAY = 5;
const MAX_RACES = 10;

export interface VerificationParts {
  readonly documents: Documents;
  readonly outbox: Outbox;
  readonly log: ConfigurationLog;
  readonly clock: Clock;
  /** Without a slash at the end. */
  readonly publicUrl: string;
}

interface Person {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
}

interface Verification {
  /** To commit in container `identity`, before the message is sent. */
  readonly operation: Operation;
  readonly message: NonNullable<Consequences["messages"]>[number];
}

/**
 * A link that confirms a person's address, good for 3 days, and the mail that brings it: one for each `occasion`, by default for
 * each link.
 */
export function newVerification(
  { publicUrl, clock }: Pick<VerificationParts, "publicUrl" | "clock">,
  { id: tenantId, name: organization }: Pick<Tenant, "id" | "name">,
  { userId, name, email }: Person,
  occasion?: string,
): Verification {
  const { text, id } = newLinkToken(tenantId);
  const expiresAt = new Date(clock.now().getTime() + LINK_WORKS_FOR * 1000).toISOString();
  const link = `${publicUrl}/#/verify?token=${text}`;
  const notice = { template: "verify-email", name, organization, link, expiresAt } as const;
  return {
    operation: upsert(VerificationTokens, id, { userId, email }, { ttl: LINK_WORKS_FOR }),
    message: noticeMessage(tenantId, email, notice, occasion ?? id),
  };
}

/**
 * Sends the caller another link, unless their address is confirmed already; under the same idempotency key once. Throws `unauthenticated`
 * once the user is gone, `rate-limited` after 5 within 24 hours.
 */
export async function requestVerification(
  parts: VerificationParts,
  caller: Caller,
  idempotencyKey: string | undefined,
): Promise<{ readonly verified: boolean }> {
  const { documents, outbox, log, clock } = parts;
  const userId = userIdOf(caller);
  const store = documents.forTenant(caller.tenantId);
  const tenant = await store.read(Tenants, [], caller.tenantId);
  const user = (await log.read(Users, caller.tenantId, userId))?.value;
  if (tenant === undefined || user === undefined) throw new Problem("unauthenticated");
  if (user.confirmedEmail === user.email) return { verified: true };
  const key = idempotencyKey === undefined ? undefined : sha256(idempotencyKey);
  for (let race = 0; race < MAX_RACES; race++) {
    const known = await store.read(VerificationRequests, [], userId);
    const recent = recentRequests(known, clock.now());
    if (key !== undefined && recent.some((each) => each.key === key)) return { verified: false };
    const request = { at: clock.now().toISOString(), ...(key === undefined ? {} : { key }) };
    const requests = { requests: [...recent, request] };
    const counted =
      known === undefined
        ? create(VerificationRequests, userId, requests, { ttl: DAY })
        : replace(VerificationRequests, userId, requests, known.etag, { ttl: DAY });
    const { operation, message } = newVerification(parts, tenant.value, { userId, ...user }, key);
    try {
      await outbox.commit(store, "identity", [], [counted, operation], { messages: [message] });
      return { verified: false };
    } catch (error) {
      if (!(error instanceof CommitRejected)) throw error;
    }
  }
  throw new Problem("unavailable", { retryAfter: 1 });
}

function recentRequests(known: Stored<Requests> | undefined, now: Date): Requests["requests"] {
  const recent = (known?.value.requests ?? []).filter(({ at }) => Date.parse(at) + DAY * 1000 > now.getTime());
  const [oldest] = recent;
  if (oldest === undefined || recent.length < REQUESTS_A_DAY) return recent;
  throw new Problem("rate-limited", {
    detail: `${REQUESTS_A_DAY} mails within a day are the most. Look for the newest of them, also among unwanted mail.`,
    retryAfter: (Date.parse(oldest.at) + DAY * 1000 - now.getTime()) / 1000,
  });
}

/**
 * Confirms the address that a link was sent to, if it still is its user's; the first one of a tenant lifts its limits. Throws
 * `link-expired` for a token that was used, has run out or never was one.
 */
export async function verify(parts: VerificationParts, token: string): Promise<Pick<Tenant, "name" | "slug">> {
  const { documents, log, clock } = parts;
  const place = parseLinkToken(token);
  if (place === undefined) throw expired();
  const { tenantId, id } = place;
  const store = documents.forTenant(tenantId);
  const link = await store.read(VerificationTokens, [], id);
  const tenant = await store.read(Tenants, [], tenantId);
  if (link === undefined || tenant === undefined) throw expired();
  const { userId, email } = link.value;
  const caller = systemCaller(tenantId, "verification");
  await log.write(Users, caller, userId, async ({ current }) => {
    if (current?.email !== email) throw expired();
    return {
      value: { ...current, confirmedEmail: email },
      operations: await liftLimits(store, tenantId, clock.now()),
      events: [newEvent(caller, clock, "user.verified", userId, { userId })],
    };
  });
  await forget(store, id);
  const { name, slug } = tenant.value;
  return { name, slug };
}

async function liftLimits(store: TenantStore, tenantId: TenantId, now: Date): Promise<readonly Operation[]> {
  const tenant = await store.read(Tenants, [], tenantId);
  if (tenant === undefined || tenant.value.verifiedAt !== undefined) return [];
  return [replace(Tenants, tenantId, { ...tenant.value, verifiedAt: now.toISOString() }, tenant.etag)];
}

/** A crash before leaves a link that confirms once more what is confirmed. */
async function forget(store: TenantStore, id: string): Promise<void> {
  try {
    await store.commit("identity", [], [remove(VerificationTokens, id)]);
  } catch (error) {
    if (!(error instanceof CommitRejected)) throw error;
  }
}

function expired(): Problem {
  return new Problem("link-expired", {
    detail: "This link was used already or has run out. Sign in and ask for another, unless your address is confirmed.",
  });
}
