import { z } from "zod";
import { CommitRejected, collection, create, type DocumentStore, type Documents, remove } from "../documents/port.ts";
import { TenantId } from "../ids.ts";

/**
 * The one place that looks across tenants: from a slug, a WhatsApp phone number id or a webhook key to the tenant it
 * belongs to. Everything else starts from a tenant. Audited by being small.
 */
const Entry = z.object({
  tenantId: TenantId,
  /** For channel addresses: the channel. */
  channelId: z.string().optional(),
});
export type DirectoryEntry = z.infer<typeof Entry>;

const Entries = collection("tenants", "address", Entry);

/** What can be looked up; each value is unique in the installation. */
export type AddressKind = "slug" | "whatsapp-phone-number-id" | "webhook-key";

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
   * Claims an address. True when it is now the claimer's (also when it was before: a retry succeeds), false when another
   * tenant or channel holds it.
   */
  async claim(kind: AddressKind, value: string, entry: DirectoryEntry): Promise<boolean> {
    const id = addressId(kind, value);
    try {
      await this.#store.commit("tenants", [id], [create(Entries, id, entry)]);
      return true;
    } catch (error) {
      if (!(error instanceof CommitRejected)) throw error;
      const holder = await this.find(kind, value);
      return holder?.tenantId === entry.tenantId && holder.channelId === entry.channelId;
    }
  }

  /** Gives an address back, if it is the tenant's. */
  async release(kind: AddressKind, value: string, tenantId: TenantId): Promise<void> {
    const id = addressId(kind, value);
    const stored = await this.#store.read(Entries, [id], id);
    if (stored?.value.tenantId !== tenantId) return;
    await this.#store.commit("tenants", [id], [remove(Entries, id, stored.etag)]);
  }
}

function addressId(kind: AddressKind, value: string): string {
  return `${kind}:${Buffer.from(value).toString("base64url")}`;
}
