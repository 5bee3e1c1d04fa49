import type { TenantId } from "../../platform/ids.ts";
import type { ChainReader } from "./reading.ts";

/** Entries of one page: of 16 KB at most, usually of less than one. */
const PAGE = 1000;

/** Times are of when an entry was recorded; `to` is not included. */
export interface ExportQuery {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Of the page before. */
  readonly cursor?: string | undefined;
}

export interface ExportPage {
  /** JSON Lines: entries as they stand in the store, and after the entry that it is of each `{"checkpoint":"<JWS>"}`. */
  readonly lines: string;
  readonly nextCursor: string | null;
}

/** A stretch of the chain without gaps, so that whoever has it can verify it. */
export async function exportPage(
  reader: ChainReader,
  tenantId: TenantId,
  { from, to, cursor }: ExportQuery,
): Promise<ExportPage> {
  const first = cursor === undefined ? await firstOf(reader, tenantId, from) : Number(cursor) + 1;
  if (first === undefined) return { lines: "", nextCursor: null };
  const kept = await reader.checkpoints(tenantId, first - 1, PAGE);
  const checkpoints = new Map(kept.map(({ sequence, statement }) => [sequence, statement]));
  const lines: string[] = [];
  let last: number | undefined;
  for await (const { place, entry } of reader.entries(tenantId, first - 1, PAGE)) {
    if (to !== undefined && String(entry.recordedAt) >= to) return { lines: lines.join(""), nextCursor: null };
    lines.push(`${JSON.stringify(entry)}\n`);
    const checkpoint = place === undefined ? undefined : checkpoints.get(place);
    if (checkpoint !== undefined) lines.push(`${JSON.stringify({ checkpoint })}\n`);
    last = place;
  }
  const isFull = last !== undefined && last - first + 1 >= PAGE;
  return { lines: lines.join(""), nextCursor: isFull ? String(last) : null };
}

async function firstOf(reader: ChainReader, tenantId: TenantId, from: string | undefined) {
  return from === undefined ? 1 : reader.firstSince(tenantId, from);
}
