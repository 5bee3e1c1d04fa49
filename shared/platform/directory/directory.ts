import { z } from "zod";
import {
  CommitRejected,
  collection,
  create,
  type DocumentStore,
  type Documents,
  remove,
  replace,
} from "../documents/port.ts";
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

  /** Gives an address back, if it is theirs, and was not claimed anew since `claimedBefore` or meanwhile. */
  async release(kind: AddressKind, value: string, { tenantId, channelId, claimedBefore }: Release): Promise<void> {
    const id = addressId(kind, value);
    const stored = await this.#store.read(Entries, [id], id);
    if (stored?.value.tenantId !== tenantId || stored.value.channelId !== channelId) return;
    const { claimedAt } = stored.value;
    if (claimedBefore !== undefined && claimedAt !== undefined && claimedAt > claimedBefore) return;
    try {
      await this.#store.commit("tenants", [id], [remove(Entries, id, stored.etag)]);
    } catch (error) {
      if (!(error instanceof CommitRejected)) throw error;
    }
  }
}

function addressId(kind: AddressKind, value: string): string {
  return `${kind}:${Buffer.from(value).toString("base64url")}`;
}
