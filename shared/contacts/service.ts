import type { Caller } from "../platform/caller.ts";
import { Problem } from "../platform/errors.ts";
import { LruCache } from "../platform/lru.ts";
import { Contacts as ContactDocuments, type Identity, type StoredContact } from "./model.ts";
import {
  type ChannelName,
  type ContactDependencies,
  changeContact,
  lookUp,
  type ResolveContext,
  resolveContact,
} from "./resolve.ts";

/** Identities whose contact one instance remembers: some 200 bytes each. */
const REMEMBERED_IDENTITIES = 20_000;
const MAX_NAME = 200;

export interface ContactWithEtag {
  readonly contact: StoredContact;
  readonly etag: string;
}

/** People outside, keyed by sets of identities. */
export class Contacts {
  readonly #context: ResolveContext;

  constructor(dependencies: ContactDependencies) {
    this.#context = { ...dependencies, known: new LruCache(REMEMBERED_IDENTITIES) };
  }

  /**
   * The id of the contact whom any of the identities names; made (event `contact.created`, named `named`) when none is
   * known. Identities not seen before are attached. Where two name two contacts, both stay and the first one counts.
   * At least one identity, else `invalid-request`; beyond 50 they are ignored.
   */
  resolve(caller: Caller, identities: readonly Identity[], named?: ChannelName): Promise<string> {
    return resolveContact(this.#context, caller, identities, named);
  }

  /** The id of the contact whom any of the identities names, or undefined; changes nothing. */
  async find(caller: Caller, identities: readonly Identity[]): Promise<string | undefined> {
    for (const identity of identities) {
      const contactId = await lookUp(this.#context, caller, identity);
      if (contactId !== undefined) return contactId;
    }
    return undefined;
  }

  /** Throws `not-found`. */
  async read(caller: Caller, contactId: string): Promise<ContactWithEtag> {
    const store = this.#context.documents.forTenant(caller.tenantId);
    const stored = await store.read(ContactDocuments, [contactId], contactId);
    if (stored === undefined) throw new Problem("not-found");
    return { contact: stored.value, etag: stored.etag };
  }

  /** By name, ascending; those without a name first. `limit` 1 to 100. */
  async list(
    caller: Caller,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<{ readonly items: readonly StoredContact[]; readonly nextCursor: string | null }> {
    const found = await this.#context.documents.forTenant(caller.tenantId).query(ContactDocuments, {
      partition: [],
      orderBy: { path: "name", direction: "asc" },
      limit: page.limit,
      ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
    });
    return { items: found.items.map(({ value }) => value), nextCursor: found.nextCursor ?? null };
  }

  /** An agent's name for the contact, which stands against what the channel says. Throws `not-found`, `stale`. */
  rename(caller: Caller, contactId: string, name: string, etag: string): Promise<ContactWithEtag> {
    return changeContact(this.#context, caller, contactId, (stored) => {
      if (etag !== "*" && etag !== stored.etag) throw new Problem("stale");
      return { ...stored.value, name, namedBy: "agent" };
    });
  }

  /**
   * Takes up the name that the channel tells with a message of time `at`, unless an agent has named the contact or a newer
   * message has. Resolves to the contact as it then is. Throws `not-found`.
   */
  async noteChannelName(caller: Caller, contactId: string, { name, at }: ChannelName): Promise<StoredContact> {
    const told = name.slice(0, MAX_NAME).toWellFormed();
    const { contact } = await changeContact(this.#context, caller, contactId, ({ value }) => {
      const older = value.channelNameAt !== null && Date.parse(value.channelNameAt) > at.getTime();
      if (value.namedBy === "agent" || older || told === value.name) return undefined;
      return { ...value, name: told, channelNameAt: at.toISOString() };
    });
    return contact;
  }
}
