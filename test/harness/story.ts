import { demoBusiness } from "../../local/whatsapp/seed.ts";
import { type ApiClient, callApi, clientWith } from "./api.ts";
import { emulatorsOf } from "./emulators.ts";
import { APP_SECRET, freePort, type Installation, startInstallation, temporaryFolder } from "./installation.ts";
import { ON_AZURE } from "./platform.ts";
import { type Provider, type ProviderOptions, startProvider } from "./provider.ts";
import { type Undone, undoneOf, untilNothingWaits } from "./undone.ts";
import { type Business, type Customer, messageWebhook, signed, type WebhookPayload } from "./whatsapp.ts";

/** One organisation with an owner who is signed in. */
export interface Tenant {
  readonly id: string;
  readonly client: ApiClient;
  /** Connects a number of WhatsApp, which the provider knows from then on. */
  connect(channelId: string, business: Business): Promise<void>;
}

/**
 * An installation with the provider's double beside it, and a memory of everything private that was told to it: names,
 * numbers, words, tokens. None of it may appear in what the host prints.
 */
export class Story {
  readonly dataFolder: string;
  readonly provider: Provider;
  readonly #port: number;
  readonly #removeFolder: () => void;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #private = new Set<string>();
  #installation: Installation | undefined;
  #formerOutput = "";

  constructor(
    folder: { path: string; remove(): void },
    port: number,
    provider: Provider,
    settings: Readonly<Record<string, string>> = {},
  ) {
    this.dataFolder = folder.path;
    this.#removeFolder = folder.remove;
    this.#port = port;
    this.provider = provider;
    this.#settings = settings;
  }

  /** `settingsFor` adds to the host's environment, for a data folder that is about to be used. */
  static async begin(
    options: Partial<ProviderOptions> = {},
    settingsFor: (dataFolder: string) => Promise<Readonly<Record<string, string>>> = async () => ({}),
  ): Promise<Story> {
    const port = await freePort();
    const webhookUrl = `http://localhost:${port}/api/webhooks/whatsapp`;
    const provider = await startProvider({ appSecret: APP_SECRET, webhookUrl, ...options });
    const folder = temporaryFolder();
    const story = new Story(folder, port, provider, await settingsFor(folder.path));
    for (const { name, phone, userId } of options.people ?? []) {
      for (const told of [name, userId, ...(phone === undefined ? [] : [phone])]) story.private(told);
    }
    await story.start();
    return story;
  }

  get installation(): Installation {
    if (this.#installation === undefined) throw new Error("The host does not run now");
    return this.#installation;
  }

  get webhookUrl(): string {
    return `${this.installation.baseUrl}/api/webhooks/whatsapp`;
  }

  async start(): Promise<void> {
    const { dataFolder, provider } = this;
    const env = { WHATSAPP_API_BASE_URL: provider.apiBaseUrl, ...this.#settings };
    this.#installation = await startInstallation({ dataFolder, port: this.#port, env });
  }

  /** SIGTERM; resolves to the exit code. */
  async stop(): Promise<number | null> {
    const { installation } = this;
    const code = await installation.stop();
    this.#installation = undefined;
    this.#formerOutput += installation.output();
    return code;
  }

  /** Something that the host may know and not print; answers it. */
  private(text: string): string {
    this.#private.add(text);
    return text;
  }

  /** What of all that is private the host has printed, in all its lives. */
  leaks(): string[] {
    if (this.#private.size === 0) throw new Error("Nothing private was told to it");
    const output = this.#formerOutput + (this.#installation?.output() ?? "");
    return [...this.#private].filter((text) => output.includes(text));
  }

  /** Everything that the host printed, in all its lives. */
  output(): string {
    return this.#formerOutput + (this.#installation?.output() ?? "");
  }

  async signUp(slug: string): Promise<Tenant> {
    const { baseUrl } = this.installation;
    const { status, body } = await callApi(baseUrl, "POST", "auth/sign-up", {
      organization: this.private(`Organisation ${slug} Nachtegaal`),
      slug,
      name: this.private("Wilhelmina Kwikstaart"),
      email: this.private(`wilhelmina@${slug}.example`),
      password: this.private("Roodborstje zingt 8 liedjes"),
    });
    if (status !== 201) throw new Error(`Sign-up answered ${status}`);
    const client = clientWith(baseUrl, this.private(body.accessToken));
    return {
      id: body.tenant.id,
      client,
      connect: async (channelId, business) => {
        const account = { businessAccountId: demoBusiness.businessAccountId, name: "Shop" };
        const accessToken = this.private(`token-of-${channelId}-koekoeksbloem`);
        await this.provider.addBusiness({ ...account, ...business, accessToken });
        const settings = { ...account, ...business, accessToken };
        const answer = await client.request("PUT", `configuration/whatsapp-channels/${channelId}`, settings, {
          "if-none-match": "*",
        });
        if (answer.status !== 201) throw new Error(`Connecting answered ${answer.status}`);
      },
    };
  }

  /** One webhook call, signed as Meta signs; resolves to the answer's status. */
  async webhook(payload: WebhookPayload): Promise<number> {
    const response = await fetch(this.webhookUrl, { method: "POST", ...signed(payload, APP_SECRET) });
    await response.body?.cancel();
    return response.status;
  }

  /** A customer writes; the webhook must be acknowledged. */
  async says(
    business: Business,
    customer: Customer,
    message: { readonly wamid: string; readonly at?: Date; readonly content: Record<string, unknown> },
  ): Promise<void> {
    for (const told of [customer.name, customer.phone, message.wamid]) this.private(told);
    const status = await this.webhook(messageWebhook(business, customer, { at: new Date(), ...message }));
    if (status !== 200) throw new Error(`The webhook answered ${status}`);
  }

  /** With which the `cordboard` command finds this installation. */
  async operatorSettings(): Promise<Readonly<Record<string, string>>> {
    return ON_AZURE
      ? { CORDBOARD_PLATFORM: "azure", ...(await emulatorsOf(this.dataFolder)).settings }
      : { CORDBOARD_DATA: this.dataFolder };
  }

  undone(): Promise<Undone> {
    return undoneOf(this.dataFolder);
  }

  /** Until queues and outbox are empty and the provider's webhooks are acknowledged. */
  async settled(): Promise<void> {
    await untilNothingWaits(this.dataFolder, () => this.provider.idle());
  }

  async end(): Promise<void> {
    await this.#installation?.kill();
    await this.provider.stop();
    this.#removeFolder();
  }
}
