import { type Caller, userIdOf } from "../../platform/caller.ts";
import { Problem } from "../../platform/errors.ts";
import type { EventType } from "../../platform/events/event.ts";
import { newEvent } from "../../platform/events/newEvent.ts";
import { clientIdOf, newCredential } from "./credentialText.ts";
import type { MachineDependencies } from "./dependencies.ts";
import {
  type ChangedOAuthClient,
  type MadeOAuthClient,
  type NewOAuthClient,
  type OAuthClient,
  OAuthClients,
  type Rotation,
  type ShownOAuthClient,
} from "./model.ts";
import { type Listed, MachineRegistry, type Origin } from "./registry.ts";
import { expiryOf, mustCover } from "./rules.ts";
import { newSecret, nextSecret, rotate, shownMachine } from "./secrets.ts";

interface Versioned {
  readonly client: ShownOAuthClient;
  readonly etag: string;
}

/** A tenant's OAuth2 clients, as its people manage them. Its machines make none. */
export class OAuthClientAdministration {
  readonly #registry: MachineRegistry<OAuthClient>;
  readonly #dependencies: MachineDependencies;
  readonly #forget: (tenantId: string, id: string) => void;

  constructor(dependencies: MachineDependencies, forget: (tenantId: string, id: string) => void) {
    this.#registry = new MachineRegistry(OAuthClients, "cli", dependencies);
    this.#dependencies = dependencies;
    this.#forget = forget;
  }

  /**
   * Throws `forbidden` for a scope that is not the caller's to give, `invalid-request` for keys that do not fit the method,
   * `too-many-items` beyond 100, `conflict` for a repetition under the same idempotency key.
   */
  async create(caller: Caller, request: NewOAuthClient, origin: Origin): Promise<MadeOAuthClient> {
    const createdBy = userIdOf(caller);
    const { name, scopes, expiresAt, method } = request;
    mustCover(await this.#registry.rightsOf(caller), scopes);
    const now = this.#dependencies.clock.now();
    const id = this.#registry.newId(caller, origin);
    const clientSecret = method === "client-secret" ? newCredential("cbs", caller.tenantId, id) : null;
    const value: OAuthClient = {
      name,
      scopes,
      createdAt: now.toISOString(),
      createdBy,
      expiresAt: expiryOf(expiresAt, now),
      rotatedAt: null,
      secrets: clientSecret === null ? [] : [newSecret(clientSecret, now)],
      method,
      ...keysOf(method, request),
      generation: 0,
      revokedTokens: [],
    };
    const event = await this.#event(caller, id, "oauth-client.created", origin, about(value));
    const etag = await this.#registry.create(caller, id, value, event);
    this.#forget(caller.tenantId, id);
    return { ...shown(caller, { id, partition: [], value, etag, lastUsedAt: null }), clientSecret };
  }

  async list(caller: Caller, page: { readonly limit: number; readonly cursor?: string | undefined }) {
    const { items, nextCursor } = await this.#registry.list(caller, page);
    return { items: items.map((item) => shown(caller, item)), nextCursor };
  }

  /** Throws `not-found`. */
  async get(caller: Caller, id: string): Promise<Versioned> {
    const found = await this.#registry.get(caller, id);
    return { client: shown(caller, found), etag: found.etag };
  }

  /**
   * Changes name, scopes, end and keys. Tokens issued before keep no scope that the client has no more. `ifMatch`: the version that was
   * seen. Throws `precondition-required` and `stale` by it, `not-found`, and what `create` throws.
   */
  async change(
    caller: Caller,
    id: string,
    request: ChangedOAuthClient,
    ifMatch: string | undefined,
    origin: Origin,
  ): Promise<Versioned> {
    if (ifMatch === undefined) throw new Problem("precondition-required");
    const { name, scopes, expiresAt } = request;
    mustCover(await this.#registry.rightsOf(caller), scopes);
    const event = await this.#event(caller, id, "oauth-client.changed", origin, {});
    const stored = await this.#registry.change(caller, id, ({ value, etag }) => {
      if (ifMatch !== "*" && ifMatch !== etag) throw new Problem("stale");
      const ends =
        expiresAt === value.expiresAt ? value.expiresAt : expiryOf(expiresAt, this.#dependencies.clock.now());
      const machine = { ...value, name, scopes, expiresAt: ends, ...keysOf(value.method, request) };
      return { machine, event: { ...event, data: { ...event.data, ...about(machine) } } };
    });
    this.#forget(caller.tenantId, id);
    return this.get(caller, stored.id);
  }

  /**
   * Gives a client another secret; those it had stay good for the grace. Without any grace its access tokens end too. Throws `not-found`,
   * `forbidden` where the client may do more than the caller, `conflict` for a repetition, for more than four secrets in their grace, and
   * for a client that signs.
   */
  async rotate(caller: Caller, id: string, { graceSeconds }: Rotation, origin: Origin): Promise<MadeOAuthClient> {
    const rights = await this.#registry.rightsOf(caller);
    const { clock } = this.#dependencies;
    const clientSecret = newCredential("cbs", caller.tenantId, id);
    const event = await this.#event(caller, id, "oauth-client.rotated", origin, { graceSeconds });
    const stored = await this.#registry.change(caller, id, ({ value }) => {
      mustCover(rights, value.scopes);
      if (value.method !== "client-secret")
        throw new Problem("conflict", {
          detail: "This client signs with keys of its own and has no secret. Change its keys.",
        });
      const generation = graceSeconds === 0 ? value.generation + 1 : value.generation;
      const machine = { ...rotate(value, nextSecret(clientSecret, clock.now(), origin), graceSeconds), generation };
      return { machine, event: { ...event, data: { ...event.data, name: value.name } } };
    });
    this.#forget(caller.tenantId, id);
    return { ...shown(caller, await this.#registry.get(caller, stored.id)), clientSecret };
  }

  /** Nobody gets in as this client, nor with a token of its, within 5 seconds. Throws `not-found`. */
  async revoke(caller: Caller, id: string, origin: Origin): Promise<void> {
    const event = await this.#event(caller, id, "oauth-client.revoked", origin, {});
    await this.#registry.revoke(caller, id, ({ name }) => ({ ...event, data: { ...event.data, name } }));
    this.#forget(caller.tenantId, id);
  }

  async #event(caller: Caller, id: string, type: EventType, { address }: Origin, data: Record<string, unknown>) {
    const addressHash = await this.#dependencies.hashAddress(address);
    return newEvent(caller, this.#dependencies.clock, type, id, { clientId: id, ...data, addressHash });
  }
}

function about({ name, scopes, expiresAt, method, jwksUri }: OAuthClient): Record<string, unknown> {
  return { name, scopes, expiresAt, method, jwksUri };
}

/** Throws `invalid-request` unless a client that signs has keys, in one way, and another has none. */
function keysOf(
  method: OAuthClient["method"],
  { jwks, jwksUri }: ChangedOAuthClient,
): Pick<OAuthClient, "jwks" | "jwksUri"> {
  const given = [jwks, jwksUri].filter((each) => each !== undefined).length;
  if (method === "client-secret" && given > 0) throw unfitting("A client with a secret has no keys");
  if (method === "private-key-jwt" && given !== 1) throw unfitting("A client that signs has either jwks or jwksUri");
  return { jwks: jwks ?? null, jwksUri: jwksUri ?? null };
}

function unfitting(message: string): Problem {
  return new Problem("invalid-request", { errors: [{ path: "body.jwks", message }] });
}

function shown({ tenantId }: Caller, item: Listed<OAuthClient>): ShownOAuthClient {
  const { method, jwks, jwksUri } = item.value;
  return { ...shownMachine(item), clientId: clientIdOf(tenantId, item.id), method, jwks, jwksUri };
}
