import type { Actor, Caller } from "../platform/caller.ts";
import type { Clock } from "../platform/clock.ts";
import type { Directory } from "../platform/directory/directory.ts";
import type { Documents } from "../platform/documents/port.ts";
import { Problem } from "../platform/errors.ts";
import type { TenantId } from "../platform/ids.ts";
import type { Outbox } from "../platform/outbox/outbox.ts";
import type { Secrets } from "../platform/secrets/port.ts";
import type { Telemetry } from "../platform/telemetry/port.ts";
import { HealthStore } from "./channelHealth.ts";
import { type ChannelAddress, ChannelLookup, type WhatsAppChannelSettings } from "./channelLookup.ts";
import { ConfiguredItems } from "./configuredItems.ts";
import type {
  ChannelHealth,
  ConfigurationKind,
  Security,
  SecurityInput,
  ShownSecurity,
  ShownUser,
  ShownWhatsAppChannel,
  User,
  UserInput,
  WhatsAppChannel,
  WhatsAppChannelInput,
} from "./kinds.ts";
import { ConfigurationLog } from "./log.ts";
import type { Change, KindRules } from "./model.ts";
import { whatsappChannelRules } from "./whatsappChannels.ts";

export type { ChannelAddress, ConfiguredItems, WhatsAppChannelSettings };
export { ConfigurationLog };

export interface ConfigurationDependencies {
  readonly documents: Documents;
  readonly outbox: Outbox;
  readonly log: ConfigurationLog;
  readonly directory: Directory;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  /** Kinds `users` and `security`, from the identity context. */
  readonly users: KindRules<UserInput, User, ShownUser>;
  readonly security: KindRules<SecurityInput, Security, ShownSecurity>;
}

/** Changes a listener gets at once. */
const CHANGES_AT_ONCE = 100;
/** Seconds; below every front end's own patience. */
export const MAX_WAIT_SECONDS = 25;

/** What tenants configure: each kind's items, the log of their changes, and channels for those who use them. */
export class Configuration {
  readonly whatsappChannels: ConfiguredItems<WhatsAppChannelInput, WhatsAppChannel, ShownWhatsAppChannel>;
  readonly users: ConfiguredItems<UserInput, User, ShownUser>;
  readonly security: ConfiguredItems<SecurityInput, Security, ShownSecurity>;
  readonly #log: ConfigurationLog;
  readonly #health: HealthStore;
  readonly #lookup: ChannelLookup;

  constructor(dependencies: ConfigurationDependencies) {
    const { documents, outbox, log, clock, users, security, telemetry } = dependencies;
    this.#log = log;
    this.#health = new HealthStore(documents, outbox, clock);
    this.#lookup = new ChannelLookup(dependencies);
    const channels = whatsappChannelRules({
      ...dependencies,
      health: this.#health,
      forget: (address, phoneNumberIds) => this.#lookup.forget(address, phoneNumberIds),
    });
    this.whatsappChannels = new ConfiguredItems(log, channels, telemetry);
    this.users = new ConfiguredItems(log, users, telemetry);
    this.security = new ConfiguredItems(log, security, telemetry);
  }

  /**
   * Changes after a revision, oldest first, at most 100, and what to ask for next; waits up to `waitSeconds` (at most 25) for
   * one to come.
   */
  changes(caller: Caller, after: number, waitSeconds: number): Promise<{ items: readonly Change[]; revision: number }> {
    if (!caller.permissions.has("configuration.read")) throw new Problem("forbidden");
    const wait = Math.min(Math.max(waitSeconds, 0), MAX_WAIT_SECONDS);
    return this.#log.changes(caller.tenantId, after, { waitSeconds: wait, limit: CHANGES_AT_ONCE });
  }

  /** Does what the change of a revision left to do, should its write have been cut off; `actor` made it. */
  async settle(caller: Caller, actor: Actor, kind: ConfigurationKind, revision: number): Promise<void> {
    const { tenantId } = caller;
    const change = await this.#log.change(tenantId, revision);
    const items = { "whatsapp-channels": this.whatsappChannels, users: this.users, security: this.security }[kind];
    if (change !== undefined) await items.settle({ tenantId, actor, change });
  }

  /** A channel with its secrets decrypted, or undefined; at most 10 s old. */
  whatsappChannel(tenantId: TenantId, channelId: string): Promise<WhatsAppChannelSettings | undefined> {
    return this.#lookup.settings(tenantId, channelId);
  }

  /** Whose number this is; at most 60 s old, and never remembered as nobody's. */
  channelByPhoneNumberId(phoneNumberId: string): Promise<ChannelAddress | undefined> {
    return this.#lookup.byAddress("whatsapp-phone-number-id", phoneNumberId);
  }

  /** The channel of a webhook address of a tenant's own app, with what its requests are checked by. */
  async channelByWebhookKey(key: string): Promise<KeyedWhatsAppChannel | undefined> {
    const address = await this.#lookup.byAddress("webhook-key", key);
    const channel = address && (await this.#lookup.settings(address.tenantId, address.channelId));
    if (channel?.appSecret === undefined || channel.verifyToken === undefined) return undefined;
    const { appSecret, verifyToken } = channel;
    return { ...channel, appSecret, verifyToken };
  }

  /**
   * Records how a channel does and emits `channel.health-changed` when that is news; of one that nothing was ever said about,
   * `healthy` is none. `reason`: for an admin, ≤ 500 characters.
   */
  setChannelHealth(
    tenantId: TenantId,
    channelId: string,
    state: ChannelHealth["state"],
    reason?: string,
  ): Promise<void> {
    if (state === "healthy") return this.#health.recover(tenantId, channelId);
    return this.#health.set(tenantId, channelId, state, reason);
  }
}

export interface KeyedWhatsAppChannel extends WhatsAppChannelSettings {
  readonly appSecret: string;
  readonly verifyToken: string;
}
