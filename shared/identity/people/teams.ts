import type { ShownTeam, Team, TeamInput } from "../../configuration/kinds.ts";
import type { Edit, KindRules, Standing, Write } from "../../configuration/model.ts";
import type { ConfigurationLog } from "../../configuration/service.ts";
import { systemCaller } from "../../platform/caller.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Condition, TenantStore } from "../../platform/documents/port.ts";
import { Problem } from "../../platform/errors.ts";
import { newEvent } from "../../platform/events/newEvent.ts";
import { Users } from "../model.ts";
import { Teams } from "./model.ts";

/** Of one organisation. */
const MAX_TEAMS = 100;

/** Kind `teams`: people by what they do together. A team gives no permission. Its members are users who exist. */
export function teamRules({ clock }: { readonly clock: Clock }): KindRules<TeamInput, Team, ShownTeam> {
  return {
    kind: Teams,
    writePermission: "users.manage",
    put: (write, input) => (standing) => edit(clock, write, input, standing),
    remove:
      ({ caller, id }) =>
      async ({ current }) => ({
        value: undefined,
        events: [newEvent(caller, clock, "team.deleted", id, { teamId: id, ...current })],
      }),
    settle: async () => undefined,
    show: async (_tenantId, items) =>
      items.map(({ id, revision, updatedAt, value }) => ({ id, revision, updatedAt, ...value })),
  };
}

async function edit(
  clock: Clock,
  { caller, id }: Write,
  { name, members: asked }: TeamInput,
  { store, current }: Standing<Team>,
): Promise<Edit<Team>> {
  const members = [...new Set(asked)];
  await mustBeUsers(store, members);
  if (current === undefined) await mustHaveRoom(store);
  const data = { teamId: id, name, members };
  return {
    value: { name, members },
    events: [
      current === undefined
        ? newEvent(caller, clock, "team.created", id, data)
        : newEvent(caller, clock, "team.changed", id, { ...data, before: current }),
    ],
  };
}

async function mustBeUsers(store: TenantStore, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const { items } = await store.query(Users.items, {
    partition: [],
    where: [{ path: "id", op: "in", value: ids }],
    limit: ids.length,
  });
  const known = new Set(items.map(({ id }) => id));
  const unknown = ids.findIndex((id) => !known.has(id));
  if (unknown >= 0)
    throw new Problem("invalid-request", {
      errors: [{ path: `body.members.${unknown}`, message: "There is no such user" }],
    });
}

async function mustHaveRoom(store: TenantStore): Promise<void> {
  const { items } = await store.query(Teams.items, { partition: [], limit: MAX_TEAMS });
  if (items.length >= MAX_TEAMS)
    throw new Problem("too-many-items", { detail: `An organisation has at most ${MAX_TEAMS} teams.` });
}

/** The teams of these users, by the users' ids; one query. */
export async function teamsOf(
  store: TenantStore,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const [only] = userIds;
  if (only === undefined) return new Map();
  const where: readonly Condition[] =
    userIds.length > 1 ? [] : [{ path: "value.members", op: "contains", value: only }];
  const { items } = await store.query(Teams.items, { partition: [], where, limit: MAX_TEAMS });
  return new Map(
    userIds.map((userId) => [
      userId,
      items.filter(({ value }) => value.value.members.includes(userId)).map(({ id }) => id),
    ]),
  );
}

interface Leaving {
  readonly store: TenantStore;
  readonly userId: string;
  /** Of the change that deleted the user. Whoever has the id by now is somebody else. */
  readonly revision: number;
}

/** Takes a user who was deleted out of all teams as they were then. Doing it again changes nothing. */
export async function leaveTeams(
  { log, clock }: { readonly log: ConfigurationLog; readonly clock: Clock },
  { store, userId, revision }: Leaving,
): Promise<void> {
  const { items } = await store.query(Teams.items, {
    partition: [],
    where: [{ path: "value.members", op: "contains", value: userId }],
    limit: MAX_TEAMS,
  });
  for (const { id } of items) {
    const caller = systemCaller(store.tenantId, "teams");
    await log.write(Teams, caller, id, async ({ current }, item) => {
      if (current === undefined || item === undefined || item.revision > revision) return { value: current };
      const members = current.members.filter((member) => member !== userId);
      const data = { teamId: id, name: current.name, members, before: current };
      return { value: { ...current, members }, events: [newEvent(caller, clock, "team.changed", id, data)] };
    });
  }
}
