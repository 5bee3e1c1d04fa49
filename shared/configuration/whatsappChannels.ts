import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../platform/clock.ts";
import type { Directory, DirectoryEntry } from "../platform/directory/directory.ts";
import { remove, type TenantStore } from "../platform/documents/port.ts";
import { type FieldError, Problem } from "../platform/errors.ts";
import type { TenantId } from "../platform/ids.ts";
import type { Secrets } from "../platform/secrets/port.ts";
import { ChannelHealths, type HealthStore } from "./channelHealth.ts";
import { type ShownWhatsAppChannel, WhatsAppChannel, type WhatsAppChannelInput } from "./kinds.ts";
import type { ConfigurationLog } from "./log.ts";
import {
  type Edit,
  type Identified,
  type KindRules,
  loggedKind,
  type Made,
  type Standing,
  type Write,
} from "./model.ts";

export const WhatsAppChannels = loggedKind("whatsapp-channels", WhatsAppChannel, ({ secrets: _, ...open }) => open);

export type SecretField = keyof WhatsAppChannel["secrets"];
const SECRET_FIELDS: readonly SecretField[] = ["accessToken", "appSecret", "verifyToken"];

/** Ties a ciphertext to its place, so that it opens nowhere else. */
export function secretContext(tenantId: TenantId, channelId: string, field: SecretField): string {
  return `${tenantId}|${WhatsAppChannels.name}|${channelId}|${field}`;
}

/** A claim without a channel to show for it, after this many ms, is what a crash left: a write takes seconds at most. */
const CLAIM_MATURES_AFTER = 5 * 60 * 1000;

interface ChannelRulesDependencies {
  readonly log: ConfigurationLog;
  readonly directory: Directory;
  readonly secrets: Secrets;
  readonly health: HealthStore;
  readonly clock: Clock;
  readonly publicUrl: string;
  /** Called once a channel was changed here, so that this instance forgets what it knew. */
  readonly forget: (
    channel: { readonly tenantId: TenantId; readonly channelId: string },
    phoneNumberIds: readonly string[],
  ) => void;
}

/**
 * Kind `whatsapp-channels`. The number is claimed in the directory before the commit and given back after it; a crash before
 * the commit leaves a claim that matures to be taken over.
 */
export function whatsappChannelRules(
  dependencies: ChannelRulesDependencies,
): KindRules<WhatsAppChannelInput, WhatsAppChannel, ShownWhatsAppChannel> {
  return {
    kind: WhatsAppChannels,
    writePermission: "configuration.write",
    put: (write, input) => {
      const plan = new ChannelWrite(dependencies, write, input);
      return (standing) => plan.edit(standing);
    },
    remove:
      ({ id }) =>
      ({ store }) =>
        removal(store, id),
    settle: (made) => settle(dependencies, made),
    show: (tenantId, items) => show(dependencies, tenantId, items),
  };
}

async function removal(store: TenantStore, id: string): Promise<Edit<WhatsAppChannel>> {
  const health = await store.read(ChannelHealths, [], id);
  return {
    value: undefined,
    ...(health === undefined ? {} : { operations: [remove(ChannelHealths, id, health.etag)] }),
  };
}

/** One PUT: what is random or slow is made once, however often the decision is taken. */
class ChannelWrite {
  readonly #dependencies: ChannelRulesDependencies;
  readonly #write: Write;
  readonly #input: WhatsAppChannelInput;
  readonly #key = randomBytes(24).toString("base64url");
  #encrypted: Promise<Partial<Record<SecretField, string>>> | undefined;

  constructor(dependencies: ChannelRulesDependencies, write: Write, input: WhatsAppChannelInput) {
    this.#dependencies = dependencies;
    this.#write = write;
    this.#input = input;
  }

  async edit({ store, current }: Standing<WhatsAppChannel>): Promise<Edit<WhatsAppChannel>> {
    checkSecrets(this.#input, current);
    await this.#takeNumber(store, current);
    this.#encrypted ??= this.#encrypt();
    const { accessToken = current?.secrets.accessToken, ...own } = await this.#encrypted;
    if (accessToken === undefined) throw missing("accessToken");
    const secrets = { ...current?.secrets, ...own, accessToken };
    const webhookKey = current?.webhookKey ?? (secrets.appSecret === undefined ? undefined : this.#key);
    const { name, phoneNumberId, displayPhoneNumber, businessAccountId } = this.#input;
    return {
      value: {
        name,
        phoneNumberId,
        displayPhoneNumber,
        businessAccountId,
        secrets,
        ...(webhookKey === undefined ? {} : { webhookKey }),
      },
      secretsChanged: SECRET_FIELDS.filter((field) => this.#input[field] !== undefined),
    };
  }

  async #encrypt(): Promise<Partial<Record<SecretField, string>>> {
    const { caller, id } = this.#write;
    const encrypted: Partial<Record<SecretField, string>> = {};
    for (const field of SECRET_FIELDS) {
      const plain = this.#input[field];
      if (plain === undefined) continue;
      encrypted[field] = await this.#dependencies.secrets.encrypt(plain, secretContext(caller.tenantId, id, field));
    }
    return encrypted;
  }

  async #takeNumber(store: TenantStore, current: WhatsAppChannel | undefined): Promise<void> {
    const { phoneNumberId } = this.#input;
    if (current?.phoneNumberId === phoneNumberId) return;
    const { items } = await store.query(WhatsAppChannels.items, {
      partition: [],
      where: [{ path: "value.phoneNumberId", op: "=", value: phoneNumberId }],
      limit: 1,
    });
    if (items.length > 0 || !(await this.#claim(phoneNumberId)))
      throw new Problem("phone-number-taken", {
        detail: "This phone number id is connected already, here or in another organisation.",
        errors: [{ path: "body.phoneNumberId", message: "Connected already" }],
      });
  }

  #claim(phoneNumberId: string): Promise<boolean> {
    const { directory, clock } = this.#dependencies;
    const entry = {
      tenantId: this.#write.caller.tenantId,
      channelId: this.#write.id,
      claimedAt: clock.now().toISOString(),
    };
    const isAbandoned = (holder: DirectoryEntry) => this.#isAbandoned(phoneNumberId, holder);
    return directory.claim("whatsapp-phone-number-id", phoneNumberId, entry, isAbandoned);
  }

  async #isAbandoned(phoneNumberId: string, { tenantId, channelId, claimedAt }: DirectoryEntry): Promise<boolean> {
    const { log, clock } = this.#dependencies;
    if (channelId === undefined || claimedAt === undefined) return false;
    if (clock.now().getTime() - Date.parse(claimedAt) < CLAIM_MATURES_AFTER) return false;
    const holder = await log.read(WhatsAppChannels, tenantId, channelId);
    return holder?.value.phoneNumberId !== phoneNumberId;
  }
}

function checkSecrets(input: WhatsAppChannelInput, current: WhatsAppChannel | undefined): void {
  if (input.accessToken === undefined && current === undefined) throw missing("accessToken");
  const has = (field: SecretField) => (input[field] ?? current?.secrets[field]) !== undefined;
  if (has("appSecret") && !has("verifyToken")) throw missing("verifyToken");
  if (has("verifyToken") && !has("appSecret")) throw missing("appSecret");
}

function missing(field: SecretField): Problem {
  const why: FieldError = {
    path: `body.${field}`,
    message: field === "accessToken" ? "Required on creation" : "The app secret and the verify token belong together",
  };
  return new Problem("invalid-request", { errors: [why] });
}

/** The addresses of a channel, as the log has them. */
const Addresses = z.object({ phoneNumberId: z.string(), webhookKey: z.string().optional() }).nullable();

/**
 * The webhook's key is made known, since nobody else can have it, and what the channel has no more is given back: until then
 * messages for it would still be taken in. A new token gives a channel that was ill another chance.
 */
async function settle(
  { directory, health, forget, log }: ChannelRulesDependencies,
  { tenantId, change }: Made,
): Promise<void> {
  const { id: channelId, at } = change;
  const [before, after] = [Addresses.parse(change.before), Addresses.parse(change.after)];
  const numbers = [before, after].flatMap((addresses) => addresses?.phoneNumberId ?? []);
  try {
    const current = (await log.read(WhatsAppChannels, tenantId, channelId))?.value;
    if (current?.webhookKey !== undefined)
      await directory.claim("webhook-key", current.webhookKey, { tenantId, channelId });
    if (before !== null && before.phoneNumberId !== current?.phoneNumberId)
      await directory.release("whatsapp-phone-number-id", before.phoneNumberId, {
        tenantId,
        channelId,
        claimedBefore: at,
      });
    if (before?.webhookKey !== undefined && before.webhookKey !== current?.webhookKey)
      await directory.release("webhook-key", before.webhookKey, { tenantId, channelId });
    if (before !== null && change.secretsChanged.includes("accessToken")) await health.recover(tenantId, channelId, at);
  } finally {
    forget({ tenantId, channelId }, numbers);
  }
}

async function show(
  { health, publicUrl }: ChannelRulesDependencies,
  tenantId: TenantId,
  items: readonly Identified<WhatsAppChannel>[],
): Promise<readonly ShownWhatsAppChannel[]> {
  return Promise.all(
    items.map(async ({ id, revision, updatedAt, value: { secrets, webhookKey, ...channel } }) => {
      const known = await health.read(tenantId, id);
      return {
        id,
        revision,
        updatedAt,
        ...channel,
        secrets: {
          accessToken: true,
          appSecret: secrets.appSecret !== undefined,
          verifyToken: secrets.verifyToken !== undefined,
        },
        webhookUrl: `${publicUrl}/api/webhooks/whatsapp${webhookKey === undefined ? "" : `/${webhookKey}`}`,
        ...(known === undefined ? {} : { health: known }),
      };
    }),
  );
}
