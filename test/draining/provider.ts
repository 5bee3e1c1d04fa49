import { z } from "zod";
import { graphFetch } from "../isolation/graph.ts";

/** Texts and files that the provider treats in its own way; everything else it takes at once. */
export const SLOW_DOWN_TEXT = "the provider takes this at the second try";
export const EXPIRED_TEXT = "the provider finds the token expired";
export const FILE_GONE = "900001";
export const FILE_TOO_LARGE = "900002";
export const FILE_LATER = "900003";

const MB = 1024 * 1024;

const Asked = z.looseObject({
  type: z.string().optional(),
  status: z.string().optional(),
  message_id: z.string().optional(),
  reaction: z.object({ message_id: z.string(), emoji: z.string() }).optional(),
  biz_opaque_callback_data: z.string().optional(),
});
type Asked = z.infer<typeof Asked>;

export interface RecordedProvider {
  readonly fetch: typeof globalThis.fetch;
  /** `<conversation>:<message>` of each message that it accepted. */
  readonly sends: readonly string[];
  /** Reactions and read marks that it took. */
  readonly told: ReadonlySet<string>;
}

function refusal(status: number, code: number): Response {
  return Response.json({ error: { code, message: "no" } }, { status });
}

/** The Graph API of `test/isolation`, with a memory of what it did. */
export function recordedProvider(): RecordedProvider {
  const graph = graphFetch();
  const sends: string[] = [];
  const told = new Set<string>();
  const refusedOnce = new Set<string>();

  const isFirst = (what: string) => !refusedOnce.has(what) && refusedOnce.add(what);

  function refused(path: string, body: string): Response | undefined {
    if (body.includes(SLOW_DOWN_TEXT) && isFirst(SLOW_DOWN_TEXT)) return refusal(400, 130429);
    if (body.includes(EXPIRED_TEXT)) return refusal(401, 190);
    if (path.endsWith(`/${FILE_GONE}`)) return refusal(400, 100);
    if (path.endsWith(`/${FILE_LATER}`) && isFirst(FILE_LATER)) return refusal(500, 1);
    if (path.endsWith(`/${FILE_TOO_LARGE}`))
      return Response.json({ url: "https://files.test/file", file_size: 200 * MB });
    return undefined;
  }

  function record({ type, status, message_id, reaction, biz_opaque_callback_data: reference }: Asked): void {
    if (status === "read") told.add(`read ${message_id}`);
    else if (type === "reaction") told.add(`reaction ${reaction?.message_id} ${reaction?.emoji}`);
    else sends.push(reference ?? "without a reference");
  }

  return {
    sends,
    told,
    fetch: async (input, init) => {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      const body = typeof init?.body === "string" ? init.body : "";
      const answer = refused(pathname, body) ?? (await graph(input, init));
      if (answer.ok && pathname.endsWith("/messages")) record(Asked.parse(JSON.parse(body)));
      return answer;
    },
  };
}
