import { type Caller, userIdOf } from "../../platform/caller.ts";
import type { EventType } from "../../platform/events/event.ts";
import { newEvent } from "../../platform/events/newEvent.ts";
import { newCredential, shownPrefix } from "./credentialText.ts";
import type { MachineDependencies } from "./dependencies.ts";
import { ApiKeys, type Machine, type MadeApiKey, type NewApiKey, type Rotation, type ShownApiKey } from "./model.ts";
import { type Listed, MachineRegistry, type Origin } from "./registry.ts";
import { expiryOf, mustCover } from "./rules.ts";
import { newSecret, nextSecret, rotate, shownMachine } from "./secrets.ts";

/** A tenant's API keys, as its people manage them. Its machines make none: a leaked key must not outlive itself. */
export class ApiKeyAdministration {
  readonly #registry: MachineRegistry<Machine>;
  readonly #dependencies: MachineDependencies;
  /** Tells this instance at once; others hear of it within seconds. */
  readonly #forget: (tenantId: string, id: string) => void;

  constructor(dependencies: MachineDependencies, forget: (tenantId: string, id: string) => void) {
    this.#registry = new MachineRegistry(ApiKeys, "key", dependencies);
    this.#dependencies = dependencies;
    this.#forget = forget;
  }

  /**
   * Throws `forbidden` for a scope that is not the caller's to give, `too-many-items` beyond 100, `conflict` for a repetition under
   * the same idempotency key.
   */
  async create(caller: Caller, { name, scopes, expiresAt }: NewApiKey, origin: Origin): Promise<MadeApiKey> {
    const createdBy = userIdOf(caller);
    mustCover(await this.#registry.rightsOf(caller), scopes);
    const now = this.#dependencies.clock.now();
    const id = this.#registry.newId(caller, origin);
    const key = newCredential("cbk", caller.tenantId, id);
    const machine: Machine = {
      name,
      scopes,
      createdAt: now.toISOString(),
      createdBy,
      expiresAt: expiryOf(expiresAt, now),
      rotatedAt: null,
      secrets: [newSecret(key, now)],
    };
    const about = { name, scopes, expiresAt: machine.expiresAt };
    const event = await this.#event(caller, id, "api-key.created", origin, about);
    const etag = await this.#registry.create(caller, id, machine, event);
    this.#forget(caller.tenantId, id);
    return { ...shown(caller, { id, partition: [], value: machine, etag, lastUsedAt: null }), key };
  }

  async list(caller: Caller, page: { readonly limit: number; readonly cursor?: string | undefined }) {
    const { items, nextCursor } = await this.#registry.list(caller, page);
    return { items: items.map((item) => shown(caller, item)), nextCursor };
  }

  /**
   * Gives a key another secret; those it had stay good for the grace. Throws `not-found`, `forbidden` where the key may do more than the
   * caller, `conflict` for a repetition and for more than four secrets in their grace.
   */
  async rotate(caller: Caller, id: string, { graceSeconds }: Rotation, origin: Origin): Promise<MadeApiKey> {
    const rights = await this.#registry.rightsOf(caller);
    const { clock } = this.#dependencies;
    const key = newCredential("cbk", caller.tenantId, id);
    const event = await this.#event(caller, id, "api-key.rotated", origin, { graceSeconds });
    const stored = await this.#registry.change(caller, id, ({ value }) => {
      mustCover(rights, value.scopes);
      const machine = rotate(value, nextSecret(key, clock.now(), origin), graceSeconds);
      return { machine, event: { ...event, data: { ...event.data, name: value.name } } };
    });
    this.#forget(caller.tenantId, id);
    return { ...shown(caller, await this.#registry.get(caller, stored.id)), key };
  }

  /** Nobody gets in with it within 5 seconds. Throws `not-found`. */
  async revoke(caller: Caller, id: string, origin: Origin): Promise<void> {
    const event = await this.#event(caller, id, "api-key.revoked", origin, {});
    await this.#registry.revoke(caller, id, ({ name }) => ({ ...event, data: { ...event.data, name } }));
    this.#forget(caller.tenantId, id);
  }

  async #event(caller: Caller, id: string, type: EventType, { address }: Origin, data: Record<string, unknown>) {
    const addressHash = await this.#dependencies.hashAddress(address);
    return newEvent(caller, this.#dependencies.clock, type, id, { keyId: id, ...data, addressHash });
  }
}

function shown({ tenantId }: Caller, item: Listed<Machine>): ShownApiKey {
  return { ...shownMachine(item), prefix: shownPrefix("cbk", tenantId, item.id) };
}
