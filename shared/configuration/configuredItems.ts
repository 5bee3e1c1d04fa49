import type { Caller } from "../platform/caller.ts";
import { Problem } from "../platform/errors.ts";
import type { Telemetry } from "../platform/telemetry/port.ts";
import type { ConfigurationLog } from "./log.ts";
import type { Decide, Identified, KindRules, Made } from "./model.ts";
import { checkPrecondition, type Precondition } from "./rules.ts";

interface Shown<S> {
  readonly item: S;
  /** The item's revision. */
  readonly etag: string;
}

/** The use cases that every kind of configuration has. */
export class ConfiguredItems<Input, V, S> {
  readonly #log: ConfigurationLog;
  readonly #rules: KindRules<Input, V, S>;
  readonly #telemetry: Telemetry;

  constructor(log: ConfigurationLog, rules: KindRules<Input, V, S>, telemetry: Telemetry) {
    this.#log = log;
    this.#rules = rules;
    this.#telemetry = telemetry;
  }

  /** By id, ascending. */
  async list(caller: Caller, page: { limit: number; cursor?: string | undefined }) {
    demand(caller, "configuration.read");
    const { items, nextCursor } = await this.#log.list(this.#rules.kind, caller.tenantId, page);
    const shown = await this.#rules.show(caller.tenantId, items);
    return { items: [...shown], ...(nextCursor === undefined ? {} : { nextCursor }) };
  }

  /** Throws `not-found`. */
  async get(caller: Caller, id: string): Promise<Shown<S>> {
    demand(caller, "configuration.read");
    const item = await this.#log.read(this.#rules.kind, caller.tenantId, id);
    if (item === undefined) throw new Problem("not-found");
    return this.#show(caller, item);
  }

  /**
   * Creates where nothing stands, or changes the version named. Throws `precondition-required`, `stale`, `forbidden` without the
   * kind's permission, and what the kind's own rules refuse.
   */
  async put(
    caller: Caller,
    id: string,
    input: Input,
    precondition: Precondition,
  ): Promise<Shown<S> & { created: boolean }> {
    demand(caller, this.#rules.writePermission);
    const decide = this.#rules.put({ caller, id }, input);
    const { before, item } = await this.#write(caller, id, decide, precondition);
    if (item === undefined) throw new Problem("internal");
    return { ...(await this.#show(caller, item)), created: before === undefined };
  }

  /** Throws `not-found`, `precondition-required`, `stale`, and what the kind's own rules refuse. */
  async remove(caller: Caller, id: string, precondition: Precondition): Promise<void> {
    demand(caller, this.#rules.writePermission);
    const decide = this.#rules.remove({ caller, id });
    await this.#write(caller, id, decide, precondition, mustExist);
  }

  /** Does what a change left to do, should its write have been cut off. Throws what is unreachable. */
  settle(made: Made): Promise<void> {
    return this.#rules.settle(made);
  }

  async #write(
    caller: Caller,
    id: string,
    decide: Decide<V>,
    precondition: Precondition,
    check: (current: unknown) => void = () => undefined,
  ) {
    const written = await this.#log.write(this.#rules.kind, caller, id, (standing, current) => {
      check(current);
      checkPrecondition(current?.revision, precondition);
      return decide(standing);
    });
    const { change } = written;
    if (change !== undefined) await this.#settleNow({ tenantId: caller.tenantId, actor: caller.actor, change });
    return written;
  }

  /** Nothing of it may fail the write that stands: the change's event does it again. */
  async #settleNow(made: Made): Promise<void> {
    try {
      await this.#rules.settle(made);
    } catch (error) {
      const { tenantId, change } = made;
      this.#telemetry.log("warn", "left to a change's event", { tenantId, operation: change.kind, error });
    }
  }

  async #show(caller: Caller, item: Identified<V>): Promise<Shown<S>> {
    const [shown] = await this.#rules.show(caller.tenantId, [item]);
    if (shown === undefined) throw new Problem("internal");
    return { item: shown, etag: String(item.revision) };
  }
}

/** What is not there cannot be deleted, whatever version was named: 404, as for another tenant's. */
function mustExist(current: unknown): void {
  if (current === undefined) throw new Problem("not-found");
}

function demand(caller: Caller, permission: KindRules<unknown, unknown, unknown>["writePermission"]): void {
  if (!caller.permissions.has(permission))
    throw new Problem("forbidden", { detail: `This needs the permission "${permission}".` });
}
