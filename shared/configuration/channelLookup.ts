import type { Clock } from "../platform/clock.ts";
import type { AddressKind, Directory } from "../platform/directory/directory.ts";
import type { TenantId } from "../platform/ids.ts";
import { LruCache } from "../platform/lru.ts";
import type { Secrets } from "../platform/secrets/port.ts";
import type { ConfigurationLog } from "./log.ts";
import { type SecretField, secretContext, WhatsAppChannels } from "./whatsappChannels.ts";

/** A channel ready for use: its secrets are decrypted. Never log it, never store it. */
export interface WhatsAppChannelSettings {
  readonly tenantId: TenantId;
  readonly channelId: string;
  readonly name: string;
  readonly phoneNumberId: string;
  readonly displayPhoneNumber: string;
  readonly businessAccountId: string;
  readonly accessToken: string;
  /** With `verifyToken`, where the tenant has a Meta app of its own. */
  readonly appSecret: string | undefined;
  readonly verifyToken: string | undefined;
}

export interface ChannelAddress {
  readonly tenantId: TenantId;
  readonly channelId: string;
}

/** In ms. Another instance's change is seen this much later at worst. */
const SETTINGS_KEPT_FOR = 10_000;
const ADDRESS_KEPT_FOR = 60_000;
const CAPACITY = 2000;

interface Kept<T> {
  readonly value: T;
  readonly until: number;
}

interface LookupDependencies {
  readonly log: ConfigurationLog;
  readonly directory: Directory;
  readonly secrets: Secrets;
  readonly clock: Clock;
}

/** Finds channels for webhooks and sends: often, so it remembers what it found (never what it did not find). */
export class ChannelLookup {
  readonly #dependencies: LookupDependencies;
  readonly #settings = new LruCache<Kept<Promise<WhatsAppChannelSettings | undefined>>>(CAPACITY);
  readonly #addresses = new LruCache<Kept<ChannelAddress>>(CAPACITY);

  constructor(dependencies: LookupDependencies) {
    this.#dependencies = dependencies;
  }

  async settings(tenantId: TenantId, channelId: string): Promise<WhatsAppChannelSettings | undefined> {
    const key = `${tenantId} ${channelId}`;
    const now = this.#dependencies.clock.now().getTime();
    const kept = this.#settings.get(key);
    if (kept !== undefined && kept.until > now) return kept.value;
    const value = this.#load(tenantId, channelId);
    const entry = { value, until: now + SETTINGS_KEPT_FOR };
    this.#settings.set(key, entry);
    const found = await value.catch((error: unknown) => {
      this.#drop(key, entry);
      throw error;
    });
    if (found === undefined) this.#drop(key, entry);
    return found;
  }

  async byAddress(kind: AddressKind, value: string): Promise<ChannelAddress | undefined> {
    const { clock, directory } = this.#dependencies;
    const key = `${kind} ${value}`;
    const now = clock.now().getTime();
    const kept = this.#addresses.get(key);
    if (kept !== undefined && kept.until > now) return kept.value;
    const entry = await directory.find(kind, value);
    if (entry?.channelId === undefined) return undefined;
    const address = { tenantId: entry.tenantId, channelId: entry.channelId };
    this.#addresses.set(key, { value: address, until: now + ADDRESS_KEPT_FOR });
    return address;
  }

  /** After a change on this instance: to the channel, and to who has these numbers. */
  forget({ tenantId, channelId }: ChannelAddress, phoneNumberIds: readonly string[]): void {
    this.#settings.set(`${tenantId} ${channelId}`, { value: Promise.resolve(undefined), until: 0 });
    for (const id of phoneNumberIds)
      this.#addresses.set(`whatsapp-phone-number-id ${id}`, { value: { tenantId, channelId }, until: 0 });
  }

  #drop(key: string, entry: Kept<Promise<WhatsAppChannelSettings | undefined>>): void {
    if (this.#settings.get(key) === entry) this.#settings.set(key, { ...entry, until: 0 });
  }

  async #load(tenantId: TenantId, channelId: string): Promise<WhatsAppChannelSettings | undefined> {
    const { log, secrets } = this.#dependencies;
    const item = await log.read(WhatsAppChannels, tenantId, channelId);
    if (item === undefined) return undefined;
    const { secrets: encrypted, webhookKey: _, ...open } = item.value;
    const decrypt = (field: SecretField, text: string) =>
      secrets.decrypt(text, secretContext(tenantId, channelId, field));
    const { accessToken, appSecret, verifyToken } = encrypted;
    return {
      tenantId,
      channelId,
      ...open,
      accessToken: await decrypt("accessToken", accessToken),
      appSecret: appSecret === undefined ? undefined : await decrypt("appSecret", appSecret),
      verifyToken: verifyToken === undefined ? undefined : await decrypt("verifyToken", verifyToken),
    };
  }
}
