import { REFUSED_TEXT } from "../isolation/graph.ts";
import type { Call } from "../isolation/installation.ts";
import type { Organisation } from "../isolation/organisation.ts";
import type { Leftover } from "./eachAwait.ts";

interface Repeat {
  /** Codes by which the second request may hear that the first has done it. */
  readonly doneAlready?: readonly string[];
  readonly leaves?: readonly Leftover[];
  /** See `Work`. */
  readonly staysGone?: string;
}

const ANOTHER_SIGN_IN: readonly Leftover[] = [
  { word: '"kind":"session"', why: "each sign-in is one of its own; what nobody holds the token of ends by itself" },
  { word: '"type":"user.signed-in"', why: "and is told of" },
  { word: '"kind":"login-attempts"', why: "and counted" },
];

const UNUSED_PASSWORD: Leftover = {
  word: '"kind":"credential"',
  why: "named by nobody; the user's next change removes it",
  late: true,
};

/** What a client may hear, and what may be left, when it repeats a request of which it heard no answer. Default: nothing. */
export const REPEATS: Readonly<Record<string, Repeat>> = {
  "POST auth/sign-up": { leaves: [...ANOTHER_SIGN_IN, UNUSED_PASSWORD] },
  "POST auth/login": { leaves: ANOTHER_SIGN_IN },
  "POST auth/refresh": { staysGone: "a token that is shown again after a minute counts as stolen (decision 006)" },
  "PUT configuration/whatsapp-channels/{id}": { doneAlready: ["precondition-required", "stale"] },
  "DELETE configuration/whatsapp-channels/{id}": { doneAlready: ["not-found"] },
  "PUT configuration/users/{id}": {
    doneAlready: ["precondition-required", "stale"],
    leaves: [UNUSED_PASSWORD],
  },
  "DELETE configuration/users/{id}": { doneAlready: ["not-found"] },
  "PUT configuration/security/{id}": { doneAlready: ["precondition-required", "stale"] },
  "DELETE configuration/security/{id}": { doneAlready: ["not-found"] },
  "PATCH contacts/{id}": { doneAlready: ["stale"] },
  "POST conversations/{id}/messages/{messageId}/retry": {
    doneAlready: ["conflict"],
    leaves: [{ word: REFUSED_TEXT, why: "it has failed again by then, and is tried again as was asked", late: true }],
  },
  "DELETE media/{id}": { doneAlready: ["not-found"] },
};

const PUT_USER = "PUT configuration/users/{id}";

async function somebodySignedIn(organisation: Organisation, id: string) {
  const person = await organisation.newPerson("agent", id);
  await organisation.signIn(person.email);
  const headers = await organisation.version("GET configuration/users/{id}", person.id);
  const body = { name: "Somebody", email: person.email, role: "agent" };
  return { params: { id: person.id }, body, headers };
}

/** Requests beside the examples of `test/isolation`: those that leave something to do after their commit. */
export const MORE: readonly {
  readonly name: string;
  readonly what: string;
  readonly lead: (organisation: Organisation) => Promise<Call>;
}[] = [
  {
    name: PUT_USER,
    what: "deactivates somebody who is signed in",
    lead: async (organisation) => {
      const { body, ...call } = await somebodySignedIn(organisation, "leaver");
      return { ...call, body: { ...body, active: false } };
    },
  },
  {
    name: PUT_USER,
    what: "gives somebody who is signed in another password",
    lead: async (organisation) => {
      const { body, ...call } = await somebodySignedIn(organisation, "forgetful");
      return { ...call, body: { ...body, password: "another password of theirs" } };
    },
  },
  {
    name: PUT_USER,
    what: "changes one's own password",
    lead: async (organisation) => {
      const { id, email } = organisation.person("owner");
      const headers = await organisation.version("GET configuration/users/{id}", id);
      const body = { name: "Owner", email, role: "owner", password: "another password of mine" };
      return { params: { id }, body, headers };
    },
  },
  {
    name: "PUT configuration/whatsapp-channels/{id}",
    what: "moves a channel to another number",
    lead: async (organisation) => {
      const { channel: id, business } = organisation;
      const headers = await organisation.version("GET configuration/whatsapp-channels/{id}", id);
      const number = { ...business, phoneNumberId: `8${business.phoneNumberId}` };
      const body = { name: "Moved", businessAccountId: "200000000000001", ...number };
      return { params: { id }, body, headers };
    },
  },
];
