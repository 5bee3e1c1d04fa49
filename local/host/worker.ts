import type { InvocationResponse } from "./coreTypes.ts";
import type { FunctionsCore, RegisteredFunction } from "./functionsCore.ts";
import { type AppLife, runInvocation, type TriggerInput } from "./invoke.ts";
import { type App, loadApp } from "./loadApp.ts";
import { type Logger, reasonOf, systemLine } from "./logger.ts";

export type Invoke = (fn: RegisteredFunction, input: TriggerInput) => Promise<InvocationResponse>;

/** The app as a worker process of Azure has it. */
export interface Worker {
  readonly core: FunctionsCore;
  /**
   * Rejects with what the handler threw; with `FunctionTimeout` when it took longer than functionTimeout; with
   * `WorkerRestarted` when another one did.
   */
  readonly invoke: Invoke;
  /** Runs the `appTerminate` hooks; never rejects. */
  terminate(): Promise<void>;
}

interface WorkerOptions {
  readonly bundle: string;
  readonly logger: Logger;
  /** Milliseconds one invocation may take (host.json `functionTimeout`); undefined for no end. */
  readonly timeoutMs: number | undefined;
}

class FunctionTimeout extends Error {
  override readonly name = "FunctionTimeout";
}

class WorkerRestarted extends Error {
  override readonly name = "WorkerRestarted";
}

class Life implements AppLife {
  readonly app: App;
  readonly running = new Set<(error: Error) => void>();
  over = false;

  constructor(app: App) {
    this.app = app;
  }

  end(error: Error): void {
    this.over = true;
    this.app.abandon();
    for (const fail of this.running) fail(error);
  }
}

/**
 * Loads the app. At a time-out it is started anew and all that ran in it fails, as on Azure, where the host ends the worker
 * process (RestartWorkerWithInvocationIdAsync in https://github.com/Azure/azure-functions-host). Here the handlers go on,
 * since they share our process, but nobody listens to them any more. Rejects when the app does not load.
 */
export async function startWorker({ bundle, logger, timeoutMs }: WorkerOptions): Promise<Worker> {
  const first = await loadApp(bundle, logger);
  let life = new Life(first);
  let restarting: Promise<void> | undefined;

  async function restart(name: string): Promise<void> {
    logger(systemLine("error", "The app is started anew, and what ran beside it fails.", name));
    const ended = life;
    ended.end(new WorkerRestarted(`The app was started anew, because ${name} took too long.`));
    try {
      life = new Life(await loadApp(bundle, logger));
    } catch (error) {
      life = new Life(ended.app);
      logger(systemLine("critical", `It goes on with the code that it had: ${reasonOf(error)}`));
    } finally {
      restarting = undefined;
    }
  }

  function run(fn: RegisteredFunction, input: TriggerInput): Promise<InvocationResponse> {
    const { name } = fn.metadata;
    return new Promise((resolve, reject) => {
      const { running, app } = life;
      const onTimeout = () => {
        fail(new FunctionTimeout(`${name} took longer than ${(timeoutMs ?? 0) / 1000} s.`));
        restarting ??= restart(name);
      };
      const timer = timeoutMs === undefined ? undefined : setTimeout(onTimeout, timeoutMs);
      const settle = () => {
        clearTimeout(timer);
        running.delete(fail);
      };
      const fail = (error: Error) => {
        settle();
        reject(error);
      };
      running.add(fail);
      runInvocation(life, app.core.functions.get(name) ?? fn, input)
        .finally(settle)
        .then(resolve, reject);
    });
  }

  return {
    core: first.core,
    invoke: (fn, input) => (restarting === undefined ? run(fn, input) : restarting.then(() => run(fn, input))),
    async terminate() {
      await restarting;
      await life.app.terminate();
    },
  };
}
