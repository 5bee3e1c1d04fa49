import { z } from "zod";
import type { Change } from "../../shared/platform/documents/port.ts";
import { newId } from "../../shared/platform/ids.ts";
import type { Scene, Told } from "./scene.ts";

/** A scene, each thing as one text, save the documents that nobody touched. Two are alike when the same was done, whenever and however often it was tried. */
export interface Picture {
  readonly documents: readonly string[];
  readonly files: readonly string[];
  readonly events: readonly string[];
  readonly published: readonly string[];
  readonly told: readonly string[];
  readonly parked: readonly string[];
}

const ID = /\b[a-z]{3}_[0-9a-z]{20}\b/g;

/** What differs from one run to the next, whatever happens: times, salts, keys, the provider's numbers. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "<time>"],
  [/\$argon2id\$[^"]+/g, "<hash>"],
  [/"familyHash":"[^"]*"/g, '"familyHash":"<hash>"'],
  [/\bv1\.[\w-]{11}\.[\w-]{16}\.[\w-]+\.[\w-]*/g, "<encrypted>"],
  [/"webhookKey":"[^"]*"/g, '"webhookKey":"<key>"'],
  [/webhook-key:[\w-]+/g, "webhook-key:<key>"],
  [/wamid\.sent\.\d+/g, "<wamid>"],
];

/** Ids begin with the time they were made, save those that are made of what they stand for and are the same in each run. */
function timeOf(id: string): string {
  return id.slice(4, 13);
}

/** What was there before. */
export interface Past {
  readonly at: Date;
  readonly documents: ReadonlyMap<string, string>;
  readonly ids: ReadonlySet<string>;
}

export function pastOf({ at, documents }: Scene): Past {
  const texts = new Map(documents.map((document) => [keyOf(document), textOf(document)]));
  return { at, documents: texts, ids: new Set([...texts.values()].flatMap((text) => text.match(ID) ?? [])) };
}

/** Keys of the documents that were written since then, or are gone. */
export function touchedIn({ documents }: Scene, past: Past): ReadonlySet<string> {
  const keys = new Set(past.documents.keys());
  for (const document of documents) {
    const key = keyOf(document);
    if (past.documents.get(key) === textOf(document)) keys.delete(key);
    else keys.add(key);
  }
  return keys;
}

function keyOf({ kind, id, tenantId, partition }: Change): string {
  return [kind, id, tenantId, ...partition].join(" ");
}

function textOf({ etag: _, ...document }: Change): string {
  return JSON.stringify(document);
}

/** Writes ids that are new by their kind alone, and leaves out what varies. */
function writer(past: Past, { at }: Scene): (value: unknown) => string {
  const since = timeOf(newId("any", past.at));
  const until = timeOf(newId("any", at));
  const isMadeNow = (id: string) => !past.ids.has(id) && timeOf(id) >= since && timeOf(id) <= until;
  return (value) => {
    let text = JSON.stringify(value).replace(ID, (id) => (isMadeNow(id) ? `${id.slice(0, 4)}<new>` : id));
    for (const [pattern, replacement] of VARYING) text = text.replace(pattern, replacement);
    return text;
  };
}

const Message = z.looseObject({ id: z.string(), direction: z.string() });
type Message = z.infer<typeof Message>;
const AboutMessage = z.looseObject({ message: Message });

/** A message without its tries; of one in doubt, also without what became of it. */
function sentOrNot(message: Message, doubted: ReadonlySet<string>): Record<string, unknown> {
  const { attempts, sendingSince, queuedAt, providerId, ...rest } = message;
  if (message.direction !== "outbound" || !doubted.has(message.id)) return rest;
  const { status, statusAt, error, ...certain } = rest;
  return certain;
}

function documentWithout({ tenantId, partition, kind, id, data }: Change, doubted: ReadonlySet<string>): object {
  const place = { kind, id, tenantId, partition };
  if (kind === "message") return { ...place, data: sentOrNot(Message.parse(data), doubted) };
  const { outboundPace, outboundNotBefore, tokens, ...rest } = z.looseObject({}).parse(data);
  return { ...place, data: rest };
}

/**
 * Without what was told of the status of a message in doubt: that may be once, or twice where a better word came later. And
 * without a file's state where only its message is told of: it is that of the moment of telling.
 */
function toldWithout(told: readonly Told[], doubted: ReadonlySet<string>): object[] {
  return told.flatMap((each) => {
    const about = AboutMessage.safeParse(each.data);
    if (!about.success) return [each];
    const { message } = about.data;
    if (each.type === "message.status-changed" && doubted.has(message.id)) return [];
    const { media, ...rest } = sentOrNot(message, doubted);
    const shown = each.type === "message.received" ? rest : { ...rest, media };
    return [{ ...each, data: { ...about.data, message: shown } }];
  });
}

interface View {
  readonly past: Past;
  readonly touched: ReadonlySet<string>;
  /** Ids of messages of which nobody knows whether they were sent. */
  readonly doubted: ReadonlySet<string>;
}

export function pictureOf(scene: Scene, { past, touched, doubted }: View): Picture {
  const write = writer(past, scene);
  const written = (values: readonly unknown[]) => values.map(write).toSorted();
  const documents = scene.documents.filter((document) => touched.has(keyOf(document)));
  return {
    documents: written(documents.map((document) => documentWithout(document, doubted))),
    files: written(scene.files),
    events: written(toldWithout(scene.events, doubted)),
    published: written(toldWithout(scene.published, doubted)),
    told: written(scene.told),
    parked: written(scene.parked),
  };
}
