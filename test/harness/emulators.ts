import { fork } from "node:child_process";
import { once } from "node:events";
import { join, resolve, sep } from "node:path";
import { z } from "zod";
import { DATABASE } from "../../scripts/bicepData.ts";
import { systemClock } from "../../shared/platform/clock.ts";
import { readConfig } from "../../shared/platform/config/config.ts";
import { azureCredential } from "../../shared/platform/credential.ts";
import { openCosmosDocuments } from "../../shared/platform/documents/cosmos/documents.ts";
import { OUTBOX_CONTAINERS } from "../../shared/platform/outbox/outbox.ts";
import { QUEUES, type QueueName } from "../../shared/platform/queue/queues.ts";
import { openServiceBusQueue } from "../../shared/platform/queue/serviceBus/serviceBusQueue.ts";
import type { Undone, Waiting } from "./undone.ts";

/** The emulated services of one installation, which outlive its hosts. */
interface InstallationEmulators {
  /** Where they are, for a host's environment. */
  readonly settings: Readonly<Record<string, string>>;
  waiting(): Promise<Waiting>;
  parked(): Promise<Undone["parked"]>;
  stop(): void;
}

const running = new Map<string, Promise<InstallationEmulators>>();

/** Those of a data folder's installation, started on first use. */
export function emulatorsOf(dataFolder: string): Promise<InstallationEmulators> {
  const known = running.get(resolve(dataFolder)) ?? start(dataFolder);
  running.set(resolve(dataFolder), known);
  return known;
}

export function stopEmulatorsBelow(folder: string): void {
  for (const [dataFolder, emulators] of running) {
    if (!`${dataFolder}${sep}`.startsWith(`${resolve(folder)}${sep}`)) continue;
    running.delete(dataFolder);
    emulators.then(({ stop }) => stop()).catch(() => undefined);
  }
}

const Started = z.object({ settings: z.record(z.string(), z.string()) });
const Queued = z.object({ queued: z.record(z.string(), z.int()) });

async function start(dataFolder: string): Promise<InstallationEmulators> {
  const child = fork(join(import.meta.dirname, "emulatorsChild.ts"), [join(dataFolder, "emulators")]);
  const ended = once(child, "exit").then(() => {
    throw new Error("The emulators ended");
  });
  // Whoever waits for an answer hears of it.
  ended.catch(() => undefined);
  const answer = async () => (await Promise.race([once(child, "message"), ended]))[0];
  const { settings } = Started.parse(await answer());
  const whatsapp = { WHATSAPP_APP_SECRET: "not of interest", WHATSAPP_VERIFY_TOKEN: "not of interest" };
  const config = readConfig({
    CORDBOARD_PLATFORM: "azure",
    CORDBOARD_REGION: "test",
    PUBLIC_URL: "http://localhost",
    ...whatsapp,
    ...settings,
  });
  if (config.platform !== "azure") throw new Error("The emulators' settings are not Azure's");
  const queue = openServiceBusQueue({ ...config.serviceBus, credential: azureCredential });
  const documents = openCosmosDocuments({
    ...config.cosmos,
    databaseName: DATABASE,
    clock: systemClock,
    createContainers: true,
  });

  async function outbox(): Promise<number> {
    const later = new Date(Date.now() + 60_000);
    const left = await Promise.all(OUTBOX_CONTAINERS.map((name) => documents.sweep(name, "outbox", later, 1000)));
    return left.flat().length;
  }
  async function parked(): Promise<string[]> {
    const names = Object.keys(QUEUES).filter((name): name is QueueName => Object.hasOwn(QUEUES, name));
    const letters = await Promise.all(names.map((name) => queue.deadLetters.list(name, 1000)));
    return letters.flat().map((letter) => `${letter.queue}: ${letter.reason}`);
  }
  async function queued(): Promise<string[]> {
    const told = answer();
    child.send("queued?");
    return Object.entries(Queued.parse(await told).queued).flatMap(([name, count]) => Array<string>(count).fill(name));
  }
  return {
    settings,
    waiting: async () => ({ outbox: await outbox(), queued: await queued() }),
    parked,
    stop: () => child.kill("SIGKILL"),
  };
}
