import { z } from "zod";
import {
  ConfigurationId,
  type ConfigurationKind,
  SecurityInput,
  ShownSecurity,
  ShownUser,
  ShownWhatsAppChannel,
  UserInput,
  WhatsAppChannelInput,
} from "../../shared/configuration/kinds.ts";
import { Change } from "../../shared/configuration/model.ts";
import { type ConfiguredItems, MAX_WAIT_SECONDS } from "../../shared/configuration/service.ts";
import type { Permission } from "../../shared/platform/caller.ts";
import { Reply } from "../../shared/platform/http/route.ts";
import { route } from "../route.ts";
import type { Services } from "../services.ts";

interface KindDoor<Input, V, Shown> {
  readonly kind: ConfigurationKind;
  /** For people: one of them. */
  readonly noun: string;
  readonly input: z.ZodType<Input>;
  readonly shown: z.ZodType<Shown>;
  /** Said here for the route's sake; the use case asks for it again. */
  readonly write: Permission;
  readonly items: (services: Services) => ConfiguredItems<Input, V, Shown>;
}

const params = z.object({ id: ConfigurationId });
const page = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(2048).optional(),
});

/** The four routes that every kind of configuration has, each with the kind's own schemas. */
function kindRoutes<Input, V, Shown>({ kind, noun, input, shown, write, items }: KindDoor<Input, V, Shown>) {
  const path = `configuration/${kind}`;
  return [
    route({
      method: "GET",
      path,
      permission: "configuration.read",
      summary: `List ${kind}`,
      query: page,
      response: z.object({ items: z.array(shown), nextCursor: z.string().optional() }),
      handler: ({ caller, query }, services) => items(services).list(caller, query),
    }),
    route({
      method: "GET",
      path: `${path}/{id}`,
      permission: "configuration.read",
      summary: `Read ${noun}`,
      params,
      response: shown,
      handler: async ({ caller, params: { id } }, services) => {
        const { item, etag } = await items(services).get(caller, id);
        return new Reply(item, { etag });
      },
    }),
    route({
      method: "PUT",
      path: `${path}/{id}`,
      permission: write,
      summary: `Create ${noun}, or change the version named by If-Match`,
      params,
      body: input,
      response: shown,
      handler: async ({ caller, params: { id }, body, request }, services) => {
        const { item, etag, created } = await items(services).put(caller, id, body, request);
        return new Reply(item, { etag, status: created ? 201 : 200 });
      },
    }),
    route({
      method: "DELETE",
      path: `${path}/{id}`,
      permission: write,
      summary: `Delete ${noun}, in the version named by If-Match`,
      params,
      response: "raw",
      handler: async ({ caller, params: { id }, request }, services) => {
        await items(services).remove(caller, id, request);
        return new Reply(undefined, { status: 204 });
      },
    }),
  ];
}

const configurationChanges = route({
  method: "GET",
  path: "configuration/changes",
  permission: "configuration.read",
  summary: "Changes after a revision; waits for one when there is none",
  query: z.object({
    after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
    wait: z.coerce.number().min(0).max(MAX_WAIT_SECONDS).default(0).describe("Seconds"),
  }),
  response: z.object({ items: z.array(Change), revision: z.int().describe("Ask for it next as `after`") }),
  handler: async ({ caller, query: { after, wait } }, { configuration }) => {
    const { items, revision } = await configuration.changes(caller, after, wait);
    return { items: [...items], revision };
  },
});

const whatsappChannelRoutes = kindRoutes({
  kind: "whatsapp-channels",
  noun: "a WhatsApp number",
  input: WhatsAppChannelInput,
  shown: ShownWhatsAppChannel,
  write: "configuration.write",
  items: ({ configuration }) => configuration.whatsappChannels,
});

const userRoutes = kindRoutes({
  kind: "users",
  noun: "a user",
  input: UserInput,
  shown: ShownUser,
  write: "users.manage",
  items: ({ configuration }) => configuration.users,
});

const securityRoutes = kindRoutes({
  kind: "security",
  noun: "how people sign in",
  input: SecurityInput,
  shown: ShownSecurity,
  write: "users.manage",
  items: ({ configuration }) => configuration.security,
});

export const configurationRoutes = [configurationChanges, ...whatsappChannelRoutes, ...userRoutes, ...securityRoutes];
