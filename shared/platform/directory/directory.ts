import { z } from "zod";
import {
  CommitRejected,
  collection,
  create,
  type DocumentStore,
  type Documents,
  type Query,
  remove,
  replace,
  type Stored,
} from "../documents/port.ts";
import { Problem } from "../errors.ts";
import { TenantId } from "../ids.ts";

/**
 * The one place that looks across tenants: from a slug, a WhatsApp phone number id or a webhook key to the tenant it
 * belongs to. Everything else starts from a tenant. Audited by being small.
 */
const Entry = z.object({
  tenantId: TenantId,
  /** For channel addresses: the channel. */
  channelId: z.string().optional(),
  /** When it was last claimed: a claim that nothing came of may be taken over after a while. */
  claimedAt: z.iso.datetime().optional(),
  /** For slugs: when the tenant is to be looked at next. Too early does no harm; absent where nothing is to come. */
  reviewAt: z.iso.datetime().optional(),
});
export type DirectoryEntry = z.infer<typeof Entry>;

const Entries = collection("tenants", "address", Entry);

/** What can be looked up; each value is unique in the installation. */
export type AddressKind = "slug" | "whatsapp-phone-number-id" | "webhook-key";

/** Who gives an address back. */
interface Release {
  readonly tenantId: TenantId;
  readonly channelId?: string;
  /** Default: whenever it was claimed. */
  readonly claimedBefore?: string;
}

/** A tenant as the directory knows it: by its slug, which it has until it is erased. */
export interface ListedTenant {
  readonly tenantId: TenantId;
  readonly slug: string;
  readonly reviewAt: string | undefined;
}

interface Listing {
  readonly items: readonly ListedTenant[];
  readonly nextCursor: string | undefined;
}

/** Addresses of one tenant that are given back at once. */
const RELEASED_AT_ONCE = 100;

/** Lost races with others who claim or release the same address. */
const MAX_CLAIM_ATTEMPTS = 5;

export class Directory {
  readonly #store: DocumentStore;

  constructor(documents: Documents) {
    this.#store = documents.directory();
  }

  /** Whose address this is, or undefined. One point read. */
  async find(kind: AddressKind, value: string): Promise<DirectoryEntry | undefined> {
    const id = addressId(kind, value);
    return (await this.#store.read(Entries, [id], id))?.value;
  }

  /**
   * Claims an address. True when it is now the claimer's (also when it was before: a retry succeeds and renews
   * `claimedAt`), false when another tenant or channel holds it. `isAbandoned` says of such a holder whether its claim is
   * what a crash left behind; then the claimer takes it over. Default: never.
   */
  async claim(
    kind: AddressKind,
    value: string,
    entry: DirectoryEntry,
    isAbandoned: (holder: DirectoryEntry) => Promise<boolean> = async () => false,
  ): Promise<boolean> {
    const id = addressId(kind, value);
    for (let attempt = 0; attempt < MAX_CLAIM_ATTEMPTS; attempt++) {
      const held = await this.#store.read(Entries, [id], id);
      const mine = held?.value.tenantId === entry.tenantId && held.value.channelId === entry.channelId;
      if (mine && entry.claimedAt === undefined) return true;
      if (held !== undefined && !mine && !(await isAbandoned(held.value))) return false;
      try {
        const write = held === undefined ? create(Entries, id, entry) : replace(Entries, id, entry, held.etag);
        await this.#store.commit("tenants", [id], [write]);
        return true;
      } catch (error) {
        if (!(error instanceof CommitRejected)) throw error;
      }
    }
    return false;
  }

  /**
   * Says when a tenant is to be looked at next (undefined: never), if the slug is its own; with `sooner` only where it would not
   * be looked at by then anyway. Throws `unavailable` when others were quicker each time.
   */
  async remind(
    slug: string,
    tenantId: TenantId,
    reviewAt: string | undefined,
    change: "exactly" | "sooner" = "exactly",
  ): Promise<void> {
    const id = addressId("slug", slug);
    for (let attempt = 0; attempt < MAX_CLAIM_ATTEMPTS; attempt++) {
      const stored = await this.#store.read(Entries, [id], id);
      if (stored?.value.tenantId !== tenantId || stored.value.reviewAt === reviewAt) return;
      const { reviewAt: before, ...entry } = stored.value;
      if (change === "sooner" && before !== undefined && (reviewAt === undefined || before <= reviewAt)) return;
      const next = { ...entry, ...(reviewAt === undefined ? {} : { reviewAt }) };
      try {
        await this.#store.commit("tenants", [id], [replace(Entries, id, next, stored.etag)]);
        return;
      } catch (error) {
        if (!(error instanceof CommitRejected)) throw error;
      }
    }
    throw new Problem("unavailable", { retryAfter: 1 });
  }

  /** Tenants that are to be looked at before a time, a page of up to 1000. One query over all tenants, by an index. */
  async due(before: Date, cursor: string | undefined): Promise<Listing> {
    return this.#list({ partition: [], where: [{ path: "reviewAt", op: "<", value: before.toISOString() }] }, cursor);
  }

  /** All tenants that are not erased, by slug, a page of up to 1000. For operators. */
  async tenants(cursor: string | undefined): Promise<Listing> {
    const where = [
      { path: "id", op: ">=", value: "slug:" },
      { path: "id", op: "<", value: "slug;" },
    ] as const;
    return this.#list({ partition: [], where }, cursor);
  }

  async #list(query: Query, cursor: string | undefined): Promise<Listing> {
    const page = await this.#store.query(Entries, {
      ...query,
      limit: 1000,
      ...(cursor === undefined ? {} : { cursor }),
    });
    return { items: page.items.flatMap(listed), nextCursor: page.nextCursor };
  }

  /** Gives back what a tenant has, of every kind but its slug; resolves to how many, 0 when none is left. For its erasure. */
  async releaseAny(tenantId: TenantId): Promise<number> {
    const where = [{ path: "tenantId", op: "=", value: tenantId }] as const;
    const { items } = await this.#store.query(Entries, { partition: [], where, limit: RELEASED_AT_ONCE + 1 });
    const others = items.filter(({ id }) => !id.startsWith("slug:"));
    for (const { id, etag } of others) await this.#remove(id, etag);
    return others.length;
  }

  /** Gives an address back, if it is theirs, and was not claimed anew since `claimedBefore` or meanwhile. */
  async release(kind: AddressKind, value: string, { tenantId, channelId, claimedBefore }: Release): Promise<void> {
    const id = addressId(kind, value);
    const stored = await this.#store.read(Entries, [id], id);
    if (stored?.value.tenantId !== tenantId || stored.value.channelId !== channelId) return;
    const { claimedAt } = stored.value;
    if (claimedBefore !== undefined && claimedAt !== undefined && claimedAt > claimedBefore) return;
    await this.#remove(id, stored.etag);
  }

  async #remove(id: string, etag: string): Promise<void> {
    try {
      await this.#store.commit("tenants", [id], [remove(Entries, id, etag)]);
    } catch (error) {
      if (!(error instanceof CommitRejected)) throw error;
    }
  }
}

function listed({ id, value }: Stored<DirectoryEntry>): ListedTenant[] {
  const [kind, encoded = ""] = id.split(":");
  if (kind !== "slug") return [];
  const { tenantId, reviewAt } = value;
  return [{ tenantId, slug: Buffer.from(encoded, "base64url").toString(), reviewAt }];
}

function addressId(kind: AddressKind, value: string): string {
  return `${kind}:${Buffer.from(value).toString("base64url")}`;
}
