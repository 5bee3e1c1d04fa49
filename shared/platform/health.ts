import { z } from "zod";
import type { Clock } from "./clock.ts";
import type { Telemetry } from "./telemetry/port.ts";

interface Dependency {
  /** Throws when it cannot be reached. */
  ping(): Promise<void>;
}

export const DEPENDENCIES = ["documents", "queue", "blobs", "realtime", "secrets"] as const;
type DependencyName = (typeof DEPENDENCIES)[number];

/** Without these nothing is served. Without the others people still read and write; files, live updates or new secrets are missing. */
const NEEDED: readonly DependencyName[] = ["documents", "queue"];

/** Milliseconds a ping may take. */
const PING_LIMIT = 2000;
/** Milliseconds a result is given out again, so that asking for health is no way to overload. */
const KEPT_FOR = 2000;

const State = z.enum(["ok", "down"]);
type State = z.infer<typeof State>;

export const HealthReport = z.object({
  status: z.enum(["ok", "degraded"]),
  platform: z.string(),
  version: z.string(),
  dependencies: z.object({ documents: State, queue: State, blobs: State, realtime: State, secrets: State }),
});
export type HealthReport = z.infer<typeof HealthReport>;

interface HealthOptions {
  readonly platform: "local" | "azure";
  /** Of the product. */
  readonly version: string;
  readonly dependencies: Readonly<Record<DependencyName, Dependency>>;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** Whether this installation can serve. */
export class Health {
  readonly #options: HealthOptions;
  #latest: { readonly report: Promise<HealthReport>; readonly at: number } | undefined;
  readonly #known = new Map<DependencyName, State>();

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  /** `degraded` when what it cannot do without is down. At most 2 s old, and takes at most 2 s; never throws. */
  check(): Promise<HealthReport> {
    const now = this.#options.clock.now().getTime();
    if (this.#latest === undefined || now - this.#latest.at >= KEPT_FOR)
      this.#latest = { report: this.#examine(), at: now };
    return this.#latest.report;
  }

  async #examine(): Promise<HealthReport> {
    const { platform, version } = this.#options;
    const [documents, queue, blobs, realtime, secrets] = await Promise.all([
      this.#ping("documents"),
      this.#ping("queue"),
      this.#ping("blobs"),
      this.#ping("realtime"),
      this.#ping("secrets"),
    ]);
    const dependencies = { documents, queue, blobs, realtime, secrets };
    const status = NEEDED.some((name) => dependencies[name] === "down") ? "degraded" : "ok";
    return { status, platform, version, dependencies };
  }

  async #ping(name: DependencyName): Promise<State> {
    const { dependencies, clock } = this.#options;
    const patience = new AbortController();
    const tooLong = clock.sleep(PING_LIMIT, patience.signal).then(() => {
      throw new PingTimeout(`No answer in ${PING_LIMIT} ms`);
    });
    // Aborted once the ping has answered: that is no failure of anything.
    tooLong.catch(() => undefined);
    try {
      await Promise.race([dependencies[name].ping(), tooLong]);
      return this.#note(name, "ok");
    } catch (error) {
      return this.#note(name, "down", error);
    } finally {
      patience.abort();
    }
  }

  /** Logged when it changes, and not at each of the many checks of an outage. */
  #note(name: DependencyName, state: State, error?: unknown): State {
    const before = this.#known.get(name) ?? "ok";
    this.#known.set(name, state);
    const { telemetry } = this.#options;
    if (before === "ok" && state === "down") telemetry.log("error", "dependency down", { operation: name, error });
    if (before === "down" && state === "ok") telemetry.log("info", "dependency back", { operation: name });
    return state;
  }
}

class PingTimeout extends Error {
  override readonly name = "PingTimeout";
}
