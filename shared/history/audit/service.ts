import type { Caller, Permission } from "../../platform/caller.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Documents } from "../../platform/documents/port.ts";
import { Problem } from "../../platform/errors.ts";
import type { DomainEvent } from "../../platform/events/event.ts";
import type { TenantId } from "../../platform/ids.ts";
import type { Telemetry } from "../../platform/telemetry/port.ts";
import { makeCheckpoints } from "./checkpoints.ts";
import { draftOf, isAudited, type Sources } from "./drafts.ts";
import { type ExportPage, type ExportQuery, exportPage } from "./exporting.ts";
import type { ShownEntry, Verification } from "./model.ts";
import { type AuditQuery, ChainReader } from "./reading.ts";
import { verifyPage } from "./verifying.ts";
import { ChainWriter } from "./writing.ts";

export { ChainReader } from "./reading.ts";
export { verifyPage } from "./verifying.ts";

interface AuditDependencies {
  readonly documents: Documents;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Of the installation: signs checkpoints, and proves them. */
  readonly keys: {
    sign(type: string, words: object): Promise<string>;
    verify(type: string, statement: string): Promise<unknown>;
  };
  readonly sources: Sources;
}

/** Who did what, when and to whom: a chain of entries for each tenant, of which none can be changed or taken away unnoticed. */
export class AuditLog {
  readonly #dependencies: AuditDependencies;
  readonly #writer: ChainWriter;
  readonly #reader: ChainReader;

  constructor(dependencies: AuditDependencies) {
    this.#dependencies = dependencies;
    this.#writer = new ChainWriter(dependencies.documents, dependencies.clock);
    this.#reader = new ChainReader(dependencies.documents);
  }

  /** Records those of a tenant's events that are audited, each once, however often they are given and in what order. */
  async record(tenantId: TenantId, events: readonly DomainEvent[]): Promise<void> {
    const audited = events.filter(({ type }) => isAudited(type));
    if (audited.length === 0) return;
    const drafts = [];
    for (const event of audited) drafts.push(await draftOf(event, this.#dependencies.sources));
    await this.#writer.append(tenantId, drafts);
  }

  /** Newest first, by when it happened. */
  async list(caller: Caller, query: AuditQuery): Promise<{ items: readonly ShownEntry[]; nextCursor: string | null }> {
    demand(caller, "audit.read");
    return this.#reader.list(caller.tenantId, query);
  }

  /** A page of the chain as it is stored, oldest first. */
  async export(caller: Caller, query: ExportQuery): Promise<ExportPage> {
    demand(caller, "audit.read");
    demand(caller, "data.export");
    return exportPage(this.#reader, caller.tenantId, query);
  }

  /** Walks a page of the chain: at most 1,000 entries. */
  async verification(caller: Caller, cursor: string | undefined): Promise<Verification> {
    demand(caller, "audit.read");
    return verifyPage({ reader: this.#reader, keys: this.#dependencies.keys }, caller.tenantId, cursor);
  }

  /** Signs the end of each chain that has gone on; resolves to how many. */
  makeCheckpoints(): Promise<number> {
    return makeCheckpoints(this.#dependencies);
  }
}

function demand(caller: Caller, permission: Permission): void {
  if (!caller.permissions.has(permission))
    throw new Problem("forbidden", { detail: `This needs the permission "${permission}".` });
}
