import { PersonName, type User } from "../../configuration/kinds.ts";
import type { Edit, Made, Standing } from "../../configuration/model.ts";
import type { ConfigurationLog } from "../../configuration/service.ts";
import { systemCaller } from "../../platform/caller.ts";
import type { Clock } from "../../platform/clock.ts";
import { create, type Documents, type Operation, replace, type TenantStore } from "../../platform/documents/port.ts";
import { newEvent } from "../../platform/events/newEvent.ts";
import { newId, type TenantId } from "../../platform/ids.ts";
import { UserEmails, Users } from "../model.ts";
import { isRole } from "../people/rights.ts";
import { emailId } from "../rules.ts";
import { SignInRefused } from "./failures.ts";
import { type Arrival, type SignInProvider, UserLinks } from "./model.ts";
import { domainProblem, isKnownByEmail, isLinked, linkId, providedRole, roleAfter } from "./rules.ts";

/** What somebody comes in by. */
export interface Entrance<P extends SignInProvider = SignInProvider> {
  readonly tenantId: TenantId;
  readonly providerId: string;
  readonly provider: P;
}

export interface AdmitParts {
  readonly documents: Documents;
  readonly log: ConfigurationLog;
  readonly clock: Clock;
  /** Does what a change of a user left to do; see `KindRules`. */
  readonly settleUser: (made: Made) => Promise<void>;
}

interface Admitted {
  readonly userId: string;
  readonly user: User;
}

/** Others who come in as the same person at the same moment. */
const MAX_RACES = 5;

/**
 * The user that somebody is by issuer and subject, with the role that the provider gives them now; links or makes one where the
 * provider's settings say so. User and link commit together, or nothing does. `mayMake`: whether the organisation may have new
 * people now. Throws `SignInRefused`.
 */
export async function admit(
  parts: AdmitParts,
  entrance: Entrance,
  arrival: Arrival,
  mayMake: boolean,
): Promise<Admitted> {
  const problem = domainProblem(entrance.provider, arrival);
  for (let race = 0; race < MAX_RACES; race++) {
    const known = await find(parts, entrance.tenantId, arrival);
    if (problem !== undefined) throw new SignInRefused(problem, { userId: known?.userId });
    try {
      if (known !== undefined) return await enter(parts, entrance, arrival, known);
      return await join(parts, entrance, arrival, mayMake);
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error;
    }
  }
  throw new SignInRefused("sso-unavailable", { reason: "too-many-at-once" });
}

/** Another sign-in of the same person, or a change of the user, came first: what stands is looked at once more. */
class Overtaken extends Error {
  override readonly name = "Overtaken";
}

async function find({ documents, log }: AdmitParts, tenantId: TenantId, arrival: Arrival) {
  const link = await documents.forTenant(tenantId).read(UserLinks, [], linkId(arrival));
  if (link === undefined) return undefined;
  const { userId } = link.value;
  const user = (await log.read(Users, tenantId, userId))?.value;
  return user !== undefined && isLinked(user, arrival) ? { userId, user } : undefined;
}

async function enter(parts: AdmitParts, entrance: Entrance, arrival: Arrival, known: Admitted): Promise<Admitted> {
  const { userId } = known;
  if (!known.user.active) throw new SignInRefused("sso-inactive", { userId });
  if (roleAfter(entrance.provider, known.user, arrival) === known.user.role) return known;
  const user = await write(parts, entrance, userId, async ({ current }) => {
    if (current === undefined || !isLinked(current, arrival)) throw new Overtaken();
    return { value: { ...current, role: roleAfter(entrance.provider, current, arrival) } };
  });
  return { userId, user };
}

/** In of somebody whom nobody knows by issuer and subject: as who has the address, or as somebody new. */
async function join(parts: AdmitParts, entrance: Entrance, arrival: Arrival, mayMake: boolean): Promise<Admitted> {
  const { documents, clock } = parts;
  const { email } = arrival;
  const store = documents.forTenant(entrance.tenantId);
  const holder = email === undefined ? undefined : await store.read(UserEmails, [], emailId(email));
  if (holder !== undefined) return linkTo(parts, entrance, arrival, holder.value.userId);
  if (!entrance.provider.createUsers) throw new SignInRefused("sso-no-account");
  if (!mayMake) throw new SignInRefused("organization-inactive", { reason: "no-new-people" });
  if (email === undefined) throw new SignInRefused("sso-no-email");
  if (arrival.emailVerified === false) throw new SignInRefused("sso-email-not-verified");
  const userId = newId("usr", clock.now());
  const user = await write(parts, entrance, userId, async (standing) => {
    if ((await standing.store.read(UserEmails, [], emailId(email))) !== undefined) throw new Overtaken();
    return {
      value: {
        name: PersonName.safeParse(arrival.name).data ?? email.slice(0, 100),
        email,
        role: providedRole(entrance.provider, arrival),
        active: true,
        signInsSince: standing.revision,
        links: [{ issuer: arrival.issuer, subject: arrival.subject }],
      },
      operations: [
        create(UserEmails, emailId(email), { userId }),
        await linkOf(parts, standing.store, arrival, userId),
      ],
      events: [linked(parts, entrance, userId)],
    };
  });
  return { userId, user };
}

async function linkTo(parts: AdmitParts, entrance: Entrance, arrival: Arrival, userId: string): Promise<Admitted> {
  const { provider } = entrance;
  const user = await write(parts, entrance, userId, async ({ store, current }) => {
    if (current === undefined || current.email !== arrival.email) throw new Overtaken();
    if (!isKnownByEmail(provider, current, arrival)) throw new SignInRefused("sso-account-exists", { userId });
    if (!current.active) throw new SignInRefused("sso-inactive", { userId });
    return {
      value: {
        ...current,
        role: roleAfter(provider, current, arrival),
        links: [{ issuer: arrival.issuer, subject: arrival.subject }],
      },
      operations: [await linkOf(parts, store, arrival, userId)],
      events: [linked(parts, entrance, userId)],
    };
  });
  return { userId, user };
}

/** Takes over a link that its user no longer names; throws `Overtaken` where it counts by now. */
async function linkOf(parts: AdmitParts, store: TenantStore, arrival: Arrival, userId: string): Promise<Operation> {
  const id = linkId(arrival);
  const left = await store.read(UserLinks, [], id);
  if (left === undefined) return create(UserLinks, id, { userId });
  if ((await find(parts, store.tenantId, arrival)) !== undefined) throw new Overtaken();
  return replace(UserLinks, id, { userId }, left.etag);
}

function linked({ clock }: AdmitParts, { tenantId, providerId, provider }: Entrance, userId: string) {
  const caller = systemCaller(tenantId, "single-sign-on");
  return newEvent(caller, clock, "user.linked", userId, { userId, providerId, type: provider.type });
}

/** A role that is gone by now is given to nobody. */
async function write(
  { log, settleUser }: AdmitParts,
  { tenantId }: Entrance,
  userId: string,
  decide: (standing: Standing<User>) => Promise<Edit<User>>,
): Promise<User> {
  const caller = systemCaller(tenantId, "single-sign-on");
  const { item, change } = await log.write(Users, caller, userId, async (standing) => {
    const edit = await decide(standing);
    const { value, current } = { ...edit, ...standing };
    if (value !== undefined && value.role !== current?.role && !(await isRole(standing.store, value.role)))
      throw new SignInRefused("sso-misconfigured", { reason: "unknown-role", userId });
    return edit;
  });
  if (item === undefined) throw new Overtaken();
  // The change's event does it again: nothing of it may fail the sign-in.
  if (change !== undefined) await settleUser({ tenantId, actor: caller.actor, change }).catch(() => undefined);
  return item.value;
}
