import type { Examples } from "./examples.ts";
import type { Call } from "./installation.ts";
import type { Organisation } from "./organisation.ts";

const READ_ROLE = "GET configuration/roles/{id}";
const PUT_ROLE = "PUT configuration/roles/{id}";
const READ_TEAM = "GET configuration/teams/{id}";
const PUT_TEAM = "PUT configuration/teams/{id}";

let made = 0;
const unique = () => `${++made}`;
const list = async (): Promise<Call> => ({ query: { limit: "2" } });

const newRole = ({ marker }: Organisation) => ({
  name: `${marker} role`,
  permissions: ["conversations.read", "configuration.read"],
});

const newTeam = (organisation: Organisation) => ({
  name: `${organisation.marker} team`,
  members: [organisation.person("agent").id],
});

const withTeam = async (organisation: Organisation, id = `main-${organisation.slug}`) => {
  await organisation.send(PUT_TEAM, { params: { id }, body: newTeam(organisation) });
  return { params: { id } };
};

const withRole = async (organisation: Organisation, id = `main-${organisation.slug}`) => {
  await organisation.send(PUT_ROLE, { params: { id }, body: newRole(organisation) });
  return { params: { id } };
};

/** How the routes about people and what they may do are called so that they succeed. */
export const PEOPLE: Readonly<Record<string, Examples>> = {
  "GET configuration/roles": { valid: [list] },
  [READ_ROLE]: { valid: [(organisation) => withRole(organisation)] },
  [PUT_ROLE]: {
    choosesId: true,
    valid: [
      async (organisation) => ({
        params: { id: `new-${organisation.slug}-${unique()}` },
        body: newRole(organisation),
      }),
      async (organisation) => {
        const { params } = await withRole(organisation);
        const body = { name: `${organisation.marker} renamed`, permissions: ["conversations.read"] };
        return { params, body, headers: await organisation.version(READ_ROLE, params.id) };
      },
    ],
  },
  "DELETE configuration/roles/{id}": {
    valid: [
      async (organisation) => {
        const { params } = await withRole(organisation, `gone-${organisation.slug}-${unique()}`);
        return { params, headers: await organisation.version(READ_ROLE, params.id) };
      },
    ],
  },
  "GET configuration/teams": { valid: [list] },
  [READ_TEAM]: { valid: [(organisation) => withTeam(organisation)] },
  [PUT_TEAM]: {
    choosesId: true,
    valid: [
      async (organisation) => ({
        params: { id: `new-${organisation.slug}-${unique()}` },
        body: newTeam(organisation),
      }),
      async (organisation) => {
        const { params } = await withTeam(organisation);
        const body = { name: `${organisation.marker} renamed`, members: [organisation.person("owner").id] };
        return { params, body, headers: await organisation.version(READ_TEAM, params.id) };
      },
    ],
  },
  "DELETE configuration/teams/{id}": {
    valid: [
      async (organisation) => {
        const { params } = await withTeam(organisation, `gone-${organisation.slug}-${unique()}`);
        return { params, headers: await organisation.version(READ_TEAM, params.id) };
      },
    ],
  },
};
