import type { TenantId } from "../../platform/ids.ts";
import { BEGINNING, type Link } from "./chain.ts";
import { type Checked, checkChain } from "./check.ts";
import { type Broken, CHECKPOINT_TYPE, Checkpoint, type Verification } from "./model.ts";
import { type ChainReader, fromCursor, type KeptCheckpoint, toCursor } from "./reading.ts";

/** Entries of one page. No more checkpoints than that can lie among them. */
export const PAGE = 1000;

/** Tells the words of a statement of a type that this installation has signed; see `Keys`. */
export interface Proof {
  verify(type: string, statement: string): Promise<unknown>;
}

interface VerifyingParts {
  readonly reader: ChainReader;
  readonly keys: Proof;
}

/**
 * Walks one page of the stored chain. Everything that vouches for the entries is read before them, so that what is appended
 * meanwhile is not taken for a fault. Throws `invalid-request` for a cursor of another form.
 */
export async function verifyPage(
  { reader, keys }: VerifyingParts,
  tenantId: TenantId,
  cursor: string | undefined,
): Promise<Verification> {
  const after = cursor === undefined ? BEGINNING : fromCursor(cursor);
  const heads = await reader.heads(tenantId);
  const kept = await reader.checkpoints(tenantId, after.sequence, PAGE);
  const vouchers = await vouchersOf(tenantId, heads, kept, keys);
  const end = heads.at(-1);
  const isLast = end === undefined || end.sequence <= after.sequence + PAGE;
  const checked = await checkChain(reader.entries(tenantId, after.sequence, PAGE), {
    after,
    tenantId,
    end: isLast ? end : undefined,
    each: (link) => vouchers.get(link.sequence)?.(link),
  });
  const firstBroken = checked.broken ?? (await brokenEnd(reader, tenantId, checked, { heads, kept, isLast, after }));
  if (firstBroken !== undefined) return { status: "broken", checked: checked.checked, firstBroken, nextCursor: null };
  const { last = after } = checked;
  const isDone = isLast || end.sequence <= last.sequence;
  return { status: "intact", checked: checked.checked, nextCursor: isDone ? null : toCursor(last) };
}

type Voucher = (link: Link) => Broken | undefined;

/** What is known of an entry besides itself and its neighbours: from the heads, and better, from checkpoints. */
async function vouchersOf(
  tenantId: TenantId,
  heads: readonly Link[],
  kept: readonly KeptCheckpoint[],
  keys: Proof,
): Promise<ReadonlyMap<number, Voucher>> {
  const vouchers = new Map<number, Voucher>();
  for (const { sequence, hash } of heads)
    vouchers.set(sequence, (link) => (link.hash === hash ? undefined : { sequence, reason: "changed" }));
  for (const { sequence, statement } of kept) {
    const said = Checkpoint.safeParse(await keys.verify(CHECKPOINT_TYPE, statement)).data;
    const isOurs = said?.tenantId === tenantId && said.sequence === sequence;
    vouchers.set(sequence, (link) => {
      if (!isOurs) return { sequence, reason: "checkpoint-forged" };
      return link.hash === said.hash ? undefined : { sequence, reason: "rewritten" };
    });
  }
  return vouchers;
}

interface Ends {
  readonly heads: readonly Link[];
  readonly kept: readonly KeptCheckpoint[];
  readonly isLast: boolean;
  readonly after: Link;
}

/** Entries that lie behind the end, or an end that lies behind the entries. */
async function brokenEnd(
  reader: ChainReader,
  tenantId: TenantId,
  { checked, last }: Checked,
  { heads, kept, isLast, after }: Ends,
): Promise<Broken | undefined> {
  const reached = (last ?? after).sequence;
  const cutOff: Broken = { sequence: reached + 1, reason: "truncated" };
  if (!isLast) return checked < PAGE ? cutOff : undefined;
  if (kept.some(({ sequence }) => sequence > reached)) return cutOff;
  if ((heads.at(-1)?.sequence ?? 0) >= reached) return undefined;
  // Appended since the heads were read, or there is no head that leads to it.
  const now = (await reader.heads(tenantId)).at(-1)?.sequence ?? 0;
  return now >= reached ? undefined : { sequence: now + 1, reason: "inserted" };
}
