import type { ServerMetadata } from "openid-client";
import type { Clock } from "../../platform/clock.ts";
import type { FetchOutside } from "../../platform/egress/port.ts";
import { LruCache } from "../../platform/lru.ts";
import { type ClientSettings, discover, type KnownKeys } from "./client.ts";
import { mayBeOutdated, OidcFault } from "./faults.ts";

/** In ms. Endpoints move seldom, and a fault that may come of it makes the provider be asked again at once. */
const FRESH_FOR = 60 * 60 * 1000;
/** In ms: while a provider cannot describe itself, it is believed to be as it was, for so long. */
const GOOD_FOR = 24 * 60 * 60 * 1000;
const CAPACITY = 500;

interface Known {
  readonly metadata: ServerMetadata;
  readonly fetchedAt: number;
  keys: KnownKeys | undefined;
}

/**
 * What providers say of themselves, by issuer: the same for all tenants, since it comes from the issuer's own address. Each
 * instance remembers it for an hour.
 */
export class Discovery {
  readonly #fetch: FetchOutside;
  readonly #clock: Clock;
  readonly #known = new LruCache<Known>(CAPACITY);
  readonly #asked = new Map<string, Promise<Known>>();

  constructor(fetch: FetchOutside, clock: Clock) {
    this.#fetch = fetch;
    this.#clock = clock;
  }

  /** Throws `OidcFault`. */
  async metadata(settings: Pick<ClientSettings, "issuer" | "clientId">): Promise<ServerMetadata> {
    const known = this.#known.get(settings.issuer);
    const age = this.#now() - (known?.fetchedAt ?? 0);
    if (known !== undefined && age < FRESH_FOR) return known.metadata;
    try {
      return (await this.#ask(settings)).metadata;
    } catch (error) {
      const isDown = error instanceof OidcFault && mayBeOutdated(error);
      if (known !== undefined && age < GOOD_FOR && isDown) return known.metadata;
      throw error;
    }
  }

  keys(issuer: string): KnownKeys | undefined {
    return this.#known.get(issuer)?.keys;
  }

  rememberKeys(issuer: string, keys: KnownKeys | undefined): void {
    const known = this.#known.get(issuer);
    if (known !== undefined) known.keys = keys;
  }

  /** What is known may be no longer so: it is asked for again, and still good where that is not answered. */
  doubt(issuer: string): void {
    const known = this.#known.get(issuer);
    if (known !== undefined) this.#known.set(issuer, { ...known, fetchedAt: known.fetchedAt - FRESH_FOR });
  }

  /** Many who sign in at once are one question. */
  #ask(settings: Pick<ClientSettings, "issuer" | "clientId">): Promise<Known> {
    const { issuer } = settings;
    const asked = this.#asked.get(issuer) ?? this.#fetchNow(settings).finally(() => this.#asked.delete(issuer));
    this.#asked.set(issuer, asked);
    return asked;
  }

  async #fetchNow(settings: Pick<ClientSettings, "issuer" | "clientId">): Promise<Known> {
    const fetchedAt = this.#now();
    const metadata = await discover({ fetch: this.#fetch }, settings);
    const known: Known = { metadata, fetchedAt, keys: this.#known.get(settings.issuer)?.keys };
    this.#known.set(settings.issuer, known);
    return known;
  }

  #now(): number {
    return this.#clock.now().getTime();
  }
}
