import type { ShownUser, User, UserInput } from "../configuration/kinds.ts";
import type { Edit, Identified, KindRules, Made, Standing, Write } from "../configuration/model.ts";
import type { ConfigurationLog } from "../configuration/service.ts";
import { Role, type RoleId } from "../platform/caller.ts";
import type { Clock } from "../platform/clock.ts";
import {
  CommitRejected,
  create,
  type Documents,
  type Operation,
  remove,
  type TenantStore,
} from "../platform/documents/port.ts";
import { Problem } from "../platform/errors.ts";
import type { TenantId } from "../platform/ids.ts";
import type { Outbox } from "../platform/outbox/outbox.ts";
import type { Realtime } from "../platform/realtime/port.ts";
import { Credentials, UserEmails, Users } from "./model.ts";
import type { Passwords } from "./passwords/hashing.ts";
import { NewPassword } from "./passwords/newPassword.ts";
import { isRole, mustCover } from "./people/rights.ts";
import { closeSockets } from "./people/sockets.ts";
import { leaveTeams, teamsOf } from "./people/teams.ts";
import { unlink } from "./providers/links.ts";
import { emailId, endSignIns } from "./rules.ts";
import type { SessionStore } from "./sessions.ts";

/** Of one user: each change of the password leaves none but the one that counts. */
const MAX_CREDENTIALS = 100;

interface UserRulesDependencies {
  readonly documents: Documents;
  readonly log: ConfigurationLog;
  readonly passwords: Passwords;
  readonly sessions: SessionStore;
  readonly realtime: Realtime;
  readonly outbox: Outbox;
  readonly clock: Clock;
  /** Called once a user was changed here, so that this instance looks again at whose access tokens are good. */
  readonly changed: (tenantId: TenantId) => void;
}

/**
 * Kind `users`. The password's hash lies in container `identity` under an id of its own, written first; the user names the one
 * that counts, so old and new switch in one commit with role, state and address, and a crash leaves at most an orphan.
 */
export function userRules(dependencies: UserRulesDependencies): KindRules<UserInput, User, ShownUser> {
  return {
    kind: Users,
    writePermission: "users.manage",
    put: (write, input) => {
      const plan = new UserWrite(dependencies, write, input);
      return (standing) => plan.edit(standing);
    },
    remove: (write) => (standing) => removal(write, standing),
    settle: (made) => settle(dependencies, made),
    show: (tenantId, items) => show(dependencies.documents.forTenant(tenantId), items),
  };
}

async function show(store: TenantStore, items: readonly Identified<User>[]): Promise<readonly ShownUser[]> {
  const teams = await teamsOf(
    store,
    items.map(({ id }) => id),
  );
  return items.map(({ id, revision, updatedAt, value: { name, email, role, active, credentialId } }) => ({
    id,
    revision,
    updatedAt,
    name,
    email,
    role,
    active,
    hasPassword: credentialId !== undefined,
    teams: [...(teams.get(id) ?? [])],
  }));
}

class UserWrite {
  readonly #write: Write;
  readonly #input: UserInput;
  readonly #password: NewPassword | undefined;

  constructor(dependencies: UserRulesDependencies, write: Write, input: UserInput) {
    this.#write = write;
    this.#input = input;
    const { caller, id: userId } = write;
    const { password } = input;
    const chosen = { tenantId: caller.tenantId, userId, path: "body.password" };
    this.#password = password === undefined ? undefined : new NewPassword(dependencies, { ...chosen, password });
  }

  async edit({ store, current, revision }: Standing<User>): Promise<Edit<User>> {
    const { name, email, role, active } = this.#input;
    const { caller, id } = this.#write;
    await mustCover(store, caller, current === undefined ? [role] : [current.role, role]);
    if (role !== current?.role) await mustBeRole(store, role);
    if (isOwner(current) && !isOwner(this.#input)) await mustHaveAnotherOwner(store, id);
    const operations = await moveEmail(store, id, current?.email, email);
    const user: User = { signInsSince: revision, ...current, name, email, role, active };
    const credentialId = await this.#password?.credential({ store, revision }, user);
    const ends = current !== undefined && (credentialId !== undefined || (current.active && !active));
    const next = credentialId === undefined ? user : { ...user, credentialId };
    return {
      value: ends ? endSignIns(next, revision, this.#ownSession()) : next,
      secretsChanged: credentialId === undefined ? [] : ["password"],
      operations,
    };
  }

  /** That of somebody who changes their own password: it goes on. */
  #ownSession(): string | undefined {
    const { caller, id } = this.#write;
    const isOwn = caller.actor.type === "user" && caller.actor.userId === id && this.#input.active;
    return isOwn ? caller.actor.sessionId : undefined;
  }
}

async function removal({ caller, id }: Write, { store, current }: Standing<User>): Promise<Edit<User>> {
  if (current !== undefined) await mustCover(store, caller, [current.role]);
  if (isOwner(current)) await mustHaveAnotherOwner(store, id);
  const operations = [
    ...(await moveEmail(store, id, current?.email, undefined)),
    ...(await unlink(store, id, current)),
  ];
  return { value: undefined, operations };
}

/** One who can sign in and answers for the tenant. */
function isOwner(user: Pick<User, "role" | "active"> | undefined): boolean {
  return user !== undefined && user.role === Role.enum.owner && user.active;
}

async function mustBeRole(store: TenantStore, role: RoleId): Promise<void> {
  if (await isRole(store, role)) return;
  throw new Problem("invalid-request", { errors: [{ path: "body.role", message: "There is no such role" }] });
}

async function mustHaveAnotherOwner(store: TenantStore, id: string): Promise<void> {
  const { items } = await store.query(Users.items, {
    partition: [],
    where: [
      { path: "value.role", op: "=", value: Role.enum.owner },
      { path: "value.active", op: "=", value: true },
    ],
    limit: 2,
  });
  if (!items.some((item) => item.id !== id))
    throw new Problem("last-owner", { detail: "An organisation needs an owner. Make someone else an owner first." });
}

/** Takes the new address and gives up the old, in the user's own commit. Throws `email-taken`. */
async function moveEmail(
  store: TenantStore,
  userId: string,
  from: string | undefined,
  to: string | undefined,
): Promise<readonly Operation[]> {
  if (from === to) return [];
  const operations: Operation[] = [];
  if (to !== undefined) {
    if ((await store.read(UserEmails, [], emailId(to))) !== undefined)
      throw new Problem("email-taken", {
        detail: "Someone in your organisation has this e-mail address.",
        errors: [{ path: "body.email", message: "Taken" }],
      });
    operations.push(create(UserEmails, emailId(to), { userId }));
  }
  if (from !== undefined) operations.push(remove(UserEmails, emailId(from)));
  return operations;
}

/**
 * Closes the sockets and removes the sign-ins of whoever the change signed out, and forgets the passwords that count no longer.
 * Which sign-ins count, the user says; what is left of others opens nothing.
 */
async function settle(dependencies: UserRulesDependencies, { tenantId, change }: Made): Promise<void> {
  const { id, action, revision, at, secretsChanged } = change;
  const { log, sessions, changed } = dependencies;
  changed(tenantId);
  if (action === "created") return forgetPasswords(dependencies, tenantId, id, revision);
  if (action === "updated" && secretsChanged.length === 0 && change.before?.active === change.after?.active) return;
  const current = (await log.read(Users, tenantId, id))?.value;
  const isActive = current?.active === true;
  await closeSockets(dependencies, { tenantId, userId: id, revision, at, mayReturn: isActive });
  await sessions.endFormer(tenantId, id, isActive ? current : undefined);
  await forgetPasswords(dependencies, tenantId, id, revision);
  const store = dependencies.documents.forTenant(tenantId);
  if (action === "deleted") await leaveTeams(dependencies, { store, userId: id, revision });
}

/** Removes the user's credentials that no write can name any more: those of this revision or before, save the one that counts. */
async function forgetPasswords(
  { documents, log }: UserRulesDependencies,
  tenantId: TenantId,
  userId: string,
  revision: number,
): Promise<void> {
  const store = documents.forTenant(tenantId);
  const { items } = await store.query(Credentials, {
    partition: [],
    where: [{ path: "userId", op: "=", value: userId }],
    limit: MAX_CREDENTIALS,
  });
  const counting = (await log.read(Users, tenantId, userId))?.value.credentialId;
  for (const { id, etag, value } of items) {
    if (id === counting || value.revision > revision) continue;
    try {
      await store.commit("identity", [], [remove(Credentials, id, etag)]);
    } catch (error) {
      // A write that goes on with it has taken it to its own revision.
      if (!(error instanceof CommitRejected)) throw error;
    }
  }
}
