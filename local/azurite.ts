import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { azuriteConnectionString, azuriteServiceUri } from "../shared/platform/config/azurite.ts";
import type { AzuriteChildOptions } from "./azuriteChild.ts";

export interface Azurite {
  /** E.g. `http://127.0.0.1:10000/devstoreaccount1`. */
  readonly serviceUri: string;
  readonly connectionString: string;
  readonly pid: number;
  /** Settles when the process has ended, by itself or by `stop`, with its exit code (null when killed). */
  readonly ended: Promise<number | null>;
  /** Ends the process; what was acknowledged is on disk. Resolves when it is gone. */
  stop(): Promise<void>;
}

interface AzuriteOptions {
  /** Where files and their index lie; made when missing. One process at a time holds it, a second waits up to 10 s. */
  readonly folder: string;
  /** Default 10000; 0 takes a free one. */
  readonly port?: number;
  /** Keeps nothing; for tests. Default false. */
  readonly inMemory?: boolean;
}

/** Milliseconds until a start that has not answered is given up. */
const START_LIMIT = 30_000;

/** Small heaps: blobs stream through, and the index of 10,000 files takes a few MB. */
const MEMORY = ["--max-semi-space-size=1", "--max-old-space-size=192", "--optimize-for-size"];

/**
 * Azurite's blob service in a child process, which ends with this one even when this one is killed. Data survives `kill -9`
 * of either. Where it departs from Azure's Blob Storage, as far as the product meets it:
 * - It opens to a shared key, where the installation on Azure takes none (learn.microsoft.com/azure/storage/common/shared-key-authorization-prevent).
 * - A range behind the end is answered with nothing, where Azure answers 416 (learn.microsoft.com/rest/api/storageservices/get-blob).
 * - It throttles nobody (learn.microsoft.com/azure/storage/common/storage-use-azurite#differences-between-azurite-and-azure-storage).
 *
 * Resolves once it answers; throws with what the child said when it does not start, e.g. because the port is taken.
 */
export async function startAzurite({ folder, port = 10_000, inMemory = false }: AzuriteOptions): Promise<Azurite> {
  mkdirSync(folder, { recursive: true });
  const options: AzuriteChildOptions = { folder, port, inMemory };
  const child = fork(join(import.meta.dirname, "azuriteChild.ts"), [JSON.stringify(options)], {
    execArgv: [...MEMORY, "--disable-warning=ExperimentalWarning"],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const ended = once(child, "exit").then(([code]: (number | null)[]) => code ?? null);
  const serviceUri = azuriteServiceUri(await listening(child));
  return {
    serviceUri,
    connectionString: azuriteConnectionString(serviceUri),
    pid: child.pid ?? 0,
    ended,
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** The port the child says it listens on. */
async function listening(child: ChildProcess): Promise<number> {
  let said = "";
  child.stderr?.on("data", (chunk) => {
    said = `${said}${chunk}`.slice(-4000);
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), START_LIMIT);
  try {
    return await new Promise((resolve, reject) => {
      child.once("message", (message) => resolve(portOf(message)));
      child.once("error", reject);
      child.once("close", () => reject(new Error(`Azurite did not start:\n${said.trim()}`)));
    });
  } finally {
    clearTimeout(timer);
  }
}

function portOf(message: unknown): number {
  if (typeof message === "object" && message !== null && "port" in message && typeof message.port === "number")
    return message.port;
  throw new Error("Azurite did not say its port");
}
