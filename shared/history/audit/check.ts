import { BEGINNING, hashOf, type Link } from "./chain.ts";
import { AuditEntry, type Broken, type RawEntry } from "./model.ts";

/** An entry as it was found. */
export interface Found {
  /** Where it stands, where that is told by something else than itself: the id in the store. */
  readonly place?: number;
  readonly entry: RawEntry;
}

/** How far one looks for an entry that is not in its place, before it counts as missing. */
const LOOKED_AHEAD = 1000;

export interface Checked {
  readonly checked: number;
  /** The last entry that is as it should be. */
  readonly last: Link | undefined;
  readonly broken?: Broken;
}

interface CheckOptions {
  /** What comes before the first; undefined for a part of a chain that begins anywhere. */
  readonly after?: Link | undefined;
  /** Whose chain it is; undefined: the first entry says. */
  readonly tenantId?: string | undefined;
  /** An entry that the chain had at least: its head. */
  readonly end?: Link | undefined;
  /** Hears of each entry that is as it should be. Says what is wrong with it all the same, or undefined. */
  readonly each?: (link: Link) => Broken | undefined;
}

/** Walks a chain, or a part of it, to the first entry that was changed, put in, taken away or moved. */
export async function checkChain(entries: AsyncIterable<Found>, options: CheckOptions): Promise<Checked> {
  const walk = entries[Symbol.asyncIterator]();
  let { after: last, tenantId } = options;
  let checked = 0;
  for (let step = await walk.next(); step.done !== true; step = await walk.next()) {
    const found = step.value;
    const link = linkOf(found);
    const broken =
      (await misplaced(found, link, last, walk)) ??
      changed(found, link, tenantId) ??
      (await unlinked(found.entry, link, last, walk, options.end)) ??
      unlikeEnd(link, options.end) ??
      options.each?.(link);
    if (broken !== undefined) return { checked, last, broken };
    tenantId ??= String(found.entry.tenantId);
    last = link;
    checked++;
  }
  const reached = last?.sequence ?? BEGINNING.sequence;
  if (options.end === undefined || options.end.sequence <= reached) return { checked, last };
  return { checked, last, broken: { sequence: reached + 1, reason: "truncated" } };
}

function linkOf({ place, entry }: Found): Link {
  const { sequence, hash } = entry;
  return { sequence: place ?? (Number.isSafeInteger(sequence) ? Number(sequence) : 0), hash: String(hash) };
}

/** What stands where another entry should. */
async function misplaced(
  { place, entry }: Found,
  { sequence }: Link,
  last: Link | undefined,
  walk: AsyncIterator<Found>,
): Promise<Broken | undefined> {
  const expected = last === undefined ? sequence : last.sequence + 1;
  if (sequence > expected)
    return { sequence: expected, reason: (await comesLater(expected, walk)) ? "reordered" : "missing" };
  if (sequence < expected) return { sequence, reason: "inserted" };
  if (place === undefined || entry.sequence === place) return undefined;
  return { sequence: place, reason: isWhole(entry) ? "reordered" : "changed" };
}

function changed({ entry }: Found, { sequence }: Link, tenantId: string | undefined): Broken | undefined {
  if (!isWhole(entry)) return { sequence, reason: "changed" };
  if (tenantId !== undefined && entry.tenantId !== tenantId) return { sequence, reason: "inserted" };
  return undefined;
}

/**
 * An entry that is whole, and yet does not follow the one before: one of the two was changed, and its hash made anew. It is
 * the former where what comes next vouches for the latter.
 */
async function unlinked(
  { previousHash }: RawEntry,
  { sequence, hash }: Link,
  last: Link | undefined,
  walk: AsyncIterator<Found>,
  end: Link | undefined,
): Promise<Broken | undefined> {
  const before = last ?? (sequence === BEGINNING.sequence + 1 ? BEGINNING : undefined);
  if (before === undefined || previousHash === before.hash) return undefined;
  const next = await walk.next();
  const isVouchedFor = next.done === true ? end?.hash === hash : next.value.entry.previousHash === hash;
  return { sequence: isVouchedFor && before.sequence > 0 ? before.sequence : sequence, reason: "changed" };
}

function unlikeEnd({ sequence, hash }: Link, end: Link | undefined): Broken | undefined {
  return sequence === end?.sequence && hash !== end.hash ? { sequence, reason: "changed" } : undefined;
}

/** Whether an entry has all that an entry has, and the hash of it. */
function isWhole(entry: RawEntry): boolean {
  if (!AuditEntry.safeParse(entry).success) return false;
  try {
    return hashOf(entry) === entry.hash;
  } catch {
    // What cannot be JSON in its canonical form was never written by us.
    return false;
  }
}

async function comesLater(sequence: number, walk: AsyncIterator<Found>): Promise<boolean> {
  for (let ahead = 0; ahead < LOOKED_AHEAD; ahead++) {
    const step = await walk.next();
    if (step.done === true) return false;
    if (step.value.entry.sequence === sequence || step.value.place === sequence) return true;
  }
  return false;
}
