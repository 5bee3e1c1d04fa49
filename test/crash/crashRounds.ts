import { setTimeout as pause } from "node:timers/promises";
import { DEMO } from "../../local/demo.ts";
import { demoBusiness } from "../../local/whatsapp/seed.ts";
import { type ApiClient, clientWith, signIn } from "../harness/api.ts";
import {
  APP_SECRET,
  freePort,
  type Installation,
  startInstallation,
  temporaryFolder,
} from "../harness/installation.ts";
import { type Provider, startProvider } from "../harness/provider.ts";
import { type Random, seededRandom } from "../harness/random.ts";
import { letTimePass, undoneIn } from "../harness/storedFiles.ts";
import { untilNothingWaits } from "../harness/undone.ts";
import { Agent } from "./agents.ts";
import { Customer } from "./customers.ts";
import { findDifferences } from "./verify.ts";

export interface CrashOptions {
  /** Kills of one installation, on one data folder. */
  readonly rounds: number;
  /** Repeats the choice of messages, duplicates and moments; what a loaded machine makes of them differs a little. */
  readonly seed: string;
}

export interface CrashReport {
  readonly kills: number;
  /** Kills before the host served. */
  readonly killsWhileStarting: number;
  readonly written: number;
  readonly acknowledged: number;
  readonly duplicates: number;
  readonly replies: number;
  readonly sends: number;
  /** Replies whose try a kill cut off: shown as of unknown outcome, for a person to decide. */
  readonly unknownOutcomes: number;
  /** Outbox entries that kills left for the sweep. */
  readonly sweptEntries: number;
  readonly seconds: number;
  /** What is not as it must be. Empty when all is well. */
  readonly differences: readonly string[];
}

const CUSTOMERS = 8;
const REPLIES = 8;

/**
 * Kills a working host at random moments and starts it again on the same data, then compares what it shows with what it was
 * told. The provider lives in this process and survives.
 */
export async function crashRounds({ rounds, seed }: CrashOptions): Promise<CrashReport> {
  const started = performance.now();
  const random = seededRandom(seed);
  const folder = temporaryFolder();
  const port = await freePort();
  const webhookUrl = `http://localhost:${port}/api/webhooks/whatsapp`;
  const provider = await startProvider({ appSecret: APP_SECRET, webhookUrl, delays: { sent: 30, delivered: 120 } });
  const site = new Site(folder.path, port, provider);
  const stop = new AbortController();
  try {
    const client = await site.firstStart();
    const customers = Array.from({ length: CUSTOMERS }, (_, index) => {
      const phone = `3161${String(index).padStart(7, "0")}`;
      return new Customer({
        phone,
        webhookUrl,
        business: demoBusiness,
        appSecret: APP_SECRET,
        random: random.part(phone),
        keepPicture: (bytes) => provider.keepFile(bytes, "image/jpeg"),
      });
    });
    const agents = customers.map(
      ({ phone }) => new Agent({ phone, client, random: random.part(`agent ${phone}`), limit: REPLIES }),
    );
    const load = Promise.all(
      [...customers, ...agents].map((one) => ("write" in one ? one.write(stop.signal) : one.work(stop.signal))),
    );
    for (let round = 0; round < rounds; round++) await site.crash(random);
    await site.start();
    stop.abort();
    await load;
    const sweptEntries = await site.settle();
    const happened = { customers, agents, sends: provider.sends };
    let differences = await findDifferences(client, happened);
    // A receipt of the last send may still be on its way; what is lost, doubled or disordered stays so.
    for (let look = 0; look < 5 && differences.length > 0; look++) {
      await pause(1000);
      differences = await findDifferences(client, happened);
    }
    const left = await site.stop();
    differences.push(...left.parked.map((parked) => `Parked: ${parked}`));
    if (left.outbox > 0) differences.push(`${left.outbox} outbox entries were never published`);
    const all = { customers, agents, written: customers.flatMap(({ written }) => written) };
    const replies = agents.flatMap((agent) => agent.replies);
    return {
      kills: rounds,
      killsWhileStarting: site.killsWhileStarting,
      written: all.written.length,
      acknowledged: all.written.filter(({ acknowledged }) => acknowledged).length,
      duplicates: customers.reduce((sum, customer) => sum + customer.duplicates, 0),
      replies: replies.length,
      sends: provider.sends.length,
      unknownOutcomes: replies.length - provider.sends.length,
      sweptEntries,
      seconds: (performance.now() - started) / 1000,
      differences,
    };
  } finally {
    stop.abort();
    await site.kill();
    await provider.stop();
    folder.remove();
  }
}

/** The installation that is killed and started again. */
class Site {
  killsWhileStarting = 0;
  readonly #dataFolder: string;
  readonly #port: number;
  readonly #provider: Provider;
  #installation: Installation | undefined;

  constructor(dataFolder: string, port: number, provider: Provider) {
    this.#dataFolder = dataFolder;
    this.#port = port;
    this.#provider = provider;
  }

  async firstStart(): Promise<ApiClient> {
    const { baseUrl } = await this.start();
    const { accessToken } = await signIn(baseUrl, DEMO.tenant, DEMO.owner.email, DEMO.password);
    return clientWith(baseUrl, accessToken);
  }

  async start(timeout = 60_000): Promise<Installation> {
    this.#installation ??= await startInstallation({
      dataFolder: this.#dataFolder,
      port: this.#port,
      env: { WHATSAPP_API_BASE_URL: this.#provider.apiBaseUrl },
      timeout,
    });
    return this.#installation;
  }

  /**
   * Lets it run for a moment and kills it: one in ten times while it still starts, and one in three while it waits to hear
   * what became of a send, which is the only moment in which it cannot know.
   */
  async crash(random: Random): Promise<void> {
    if (random.chance(0.1)) {
      // It is killed when it has not come up by then; should it be that quick, the moment is a later one.
      const isUp = await this.start(random.between(200, 1200)).then(
        () => true,
        () => false,
      );
      if (!isUp) return void this.killsWhileStarting++;
    }
    await this.start();
    await pause(random.between(0, 1500));
    if (random.chance(0.33)) await this.#provider.nextSend(1500);
    await this.kill();
  }

  async kill(): Promise<void> {
    await this.#installation?.kill();
    this.#installation = undefined;
  }

  async stop() {
    await this.#installation?.stop();
    this.#installation = undefined;
    return undoneIn(this.#dataFolder);
  }

  /** Until nothing is left to do, minutes later too. Resolves to the number of outbox entries that only the sweep found. */
  async settle(): Promise<number> {
    await this.#provider.idle();
    // Tries without a result, and what waits for the sweep, are looked at after a minute: here, after a restart.
    const { outbox } = await this.stop();
    letTimePass(this.#dataFolder, 10);
    await this.start();
    await untilNothingWaits(this.#dataFolder, () => this.#provider.idle());
    return outbox;
  }
}
