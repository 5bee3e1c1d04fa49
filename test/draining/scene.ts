import { z } from "zod";
import { CONTAINER_NAMES } from "../../shared/platform/documents/containers.ts";
import type { Change } from "../../shared/platform/documents/port.ts";
import { QUEUES, type QueueName } from "../../shared/platform/queue/queues.ts";
import type { World } from "./world.ts";

/** What is told of something that happened. */
export interface Told {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
}

/** All that can be seen of a world from outside, at one moment. */
export interface Scene {
  readonly at: Date;
  /** In all containers, save what only publishes the rest. */
  readonly documents: readonly Change[];
  readonly outbox: readonly Change[];
  readonly files: readonly string[];
  /** Of each id once, however often it was handed out. */
  readonly events: readonly Told[];
  readonly published: readonly Told[];
  /** Reactions and read marks at the provider, and whose sockets were closed. */
  readonly told: readonly string[];
  readonly parked: readonly unknown[];
  /** `<conversation>:<message>` of what the provider accepted, and of what counts as of unknown outcome. */
  readonly sends: readonly string[];
  readonly inDoubt: readonly string[];
}

const QUEUE_NAMES = Object.keys(QUEUES).filter((name): name is QueueName => name in QUEUES);

async function allDocuments({ stores }: World): Promise<Change[]> {
  const found: Change[] = [];
  for (const container of CONTAINER_NAMES) {
    for (let cursor: string | undefined; ; ) {
      const page = await stores.documents.changes(container, cursor, 1000);
      cursor = page.cursor;
      found.push(...page.items);
      if (page.items.length === 0) break;
    }
  }
  return found;
}

const InDoubt = z.looseObject({ error: z.looseObject({ code: z.literal("outcome-unknown") }) });

export async function sceneOf(world: World): Promise<Scene> {
  const all = await allDocuments(world);
  const parked = await Promise.all(QUEUE_NAMES.map((queue) => world.stores.queue.deadLetters.list(queue, 1000)));
  const doubtful = all.filter(({ kind, data }) => kind === "message" && InDoubt.safeParse(data).success);
  return {
    at: world.clock.now(),
    documents: all.filter(({ kind }) => kind !== "outbox"),
    outbox: all.filter(({ kind }) => kind === "outbox"),
    files: world.stores.blobs.names(),
    events: [...world.announced.values()],
    published: [...world.published.values()],
    told: [...world.provider.told, ...world.closedUsers],
    parked: parked.flat().map(({ queue, messageId, sessionId, reason }) => ({ queue, messageId, sessionId, reason })),
    sends: [...world.provider.sends],
    inDoubt: doubtful.map(({ partition, id }) => `${partition[0]}:${id}`),
  };
}
