import { emulatorsOf } from "./emulators.ts";
import { ON_AZURE } from "./platform.ts";
import { undoneIn } from "./storedFiles.ts";
import { until } from "./until.ts";

/** What an installation will do by itself. */
export interface Waiting {
  /** Outbox entries that nobody has published. */
  readonly outbox: number;
  /** The queue of each message that waits; in the one-machine edition, those for later with the seconds until then. */
  readonly queued: readonly string[];
}

/** What an installation still has to do. */
export interface Undone extends Waiting {
  /** `<queue>: <reason>` of each parked message. */
  readonly parked: readonly string[];
}

/** Read from the installation's files beside or after it; on Azure's engines, asked of the emulators. */
export async function undoneOf(dataFolder: string): Promise<Undone> {
  if (!ON_AZURE) return undoneIn(dataFolder);
  const emulators = await emulatorsOf(dataFolder);
  return { ...(await emulators.waiting()), parked: await emulators.parked() };
}

/** Resolves when nothing waits any more in queues or outbox. What is left is named when it is not so in time. */
export async function untilNothingWaits(dataFolder: string, beforeEachLook: () => Promise<void>): Promise<void> {
  const look = async () => {
    await beforeEachLook();
    const { queued, outbox } = ON_AZURE ? await (await emulatorsOf(dataFolder)).waiting() : undoneIn(dataFolder);
    return queued.length === 0 && outbox === 0;
  };
  await until("queues and outbox are empty", look, { every: 25 }).catch(async (cause: unknown) => {
    throw new Error(`Work is left: ${JSON.stringify(await undoneOf(dataFolder))}`, { cause });
  });
}
