import { z } from "zod";
import { ShownEntry, Verification } from "../../shared/history/audit/model.ts";
import { JsonWebKeys } from "../../shared/identity/model.ts";
import { Reply } from "../../shared/platform/http/route.ts";
import { route } from "../route.ts";
import { Paging, pageOf } from "./paging.ts";

const Period = z.object({
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional().describe("Not included"),
});

const list = route({
  method: "GET",
  path: "audit",
  permission: "audit.read",
  summary: "Who did what, newest first",
  query: Paging.extend(Period.shape).extend({
    actor: z.string().min(1).max(200).optional().describe("The id of whoever did it"),
    action: z.string().min(1).max(100).optional().describe("E.g. user.signed-in, configuration.updated"),
  }),
  response: pageOf(ShownEntry),
  handler: ({ caller, query }, { audit }) => audit.list(caller, query),
});

const exported = route({
  method: "GET",
  path: "audit/export",
  permission: "audit.read",
  summary: "The chain as JSON Lines, by when it was recorded; Link leads to the next page. Needs data.export too",
  query: Period.extend({
    cursor: z
      .string()
      .regex(/^\d{1,15}$/)
      .optional(),
  }),
  response: "raw",
  handler: async ({ caller, query }, { audit }) => {
    const { lines, nextCursor } = await audit.export(caller, query);
    const headers = {
      "content-type": "application/x-ndjson",
      "content-disposition": 'attachment; filename="audit.jsonl"',
      ...(nextCursor === null ? {} : { link: `<${nextPage({ ...query, cursor: nextCursor })}>; rel="next"` }),
    };
    return new Reply(lines, { headers });
  },
});

function nextPage(query: Readonly<Record<string, string | undefined>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, value);
  return `/api/audit/export?${parameters}`;
}

const verification = route({
  method: "GET",
  path: "audit/verification",
  permission: "audit.read",
  summary: "Whether the chain is as it was written, 1,000 entries at a time",
  rateLimit: { perMinute: 120 },
  query: z.object({ cursor: z.string().max(100).optional() }),
  response: Verification,
  handler: ({ caller, query: { cursor } }, { audit }) => audit.verification(caller, cursor),
});

const publicKeys = route({
  method: "GET",
  path: ".well-known/audit-keys.json",
  permission: "public",
  summary: "The keys that checkpoints of the audit were ever signed with",
  response: JsonWebKeys,
  handler: async (_, { keys }) => {
    const all = await keys.publicKeys();
    return new Reply({ keys: [...all] }, { headers: { "cache-control": "public, max-age=300" } });
  },
});

export const auditRoutes = [list, exported, verification, publicKeys];
