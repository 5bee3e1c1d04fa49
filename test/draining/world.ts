import { backup, DatabaseSync } from "node:sqlite";
import { vi } from "vitest";
import { type Composition, composeOn } from "../../functions/compose.ts";
import { queueFunctions, timerFunctions } from "../../functions/routes.ts";
import { openSqliteDocuments } from "../../shared/platform/documents/sqlite/documents.ts";
import { Problem } from "../../shared/platform/errors.ts";
import { DomainEvent } from "../../shared/platform/events/event.ts";
import { EventsMessage } from "../../shared/platform/outbox/outbox.ts";
import { runDelivery } from "../../shared/platform/queue/handler.ts";
import type { Delivery, QueueSession } from "../../shared/platform/queue/port.ts";
import type { QueueName } from "../../shared/platform/queue/queues.ts";
import { openSqliteQueue } from "../../shared/platform/queue/sqlite/sqliteQueue.ts";
import type { Realtime, RealtimeMessage } from "../../shared/platform/realtime/port.ts";
import { openTelemetry } from "../../shared/platform/telemetry/telemetry.ts";
import { faults } from "../../shared/platform/testing/faults.ts";
import { fixedClock } from "../../shared/platform/testing/fixedClock.ts";
import { Installation } from "../isolation/installation.ts";
import { recordedProvider } from "./provider.ts";

/** Milliseconds; longer than what a crash left must lie before the sweep takes it. */
const MINUTE_AND_MORE = 61_000;
const MINUTES = 4;
const TWO_DAYS = 2 * 24 * 60 * 60_000;

const telemetry = openTelemetry({ serviceName: "cordboard", region: "test", write: () => undefined });

let named = 0;

/** A database in memory that other connections of this process can open and copy. */
function sharedMemory(): string {
  return `file:draining-${++named}?mode=memory&cache=shared`;
}

/** The stores of an installation that is led up to a moment, and copied then. */
export class Stage {
  readonly #files = { documents: sharedMemory(), queue: sharedMemory() };
  readonly installation = new Installation(this.#files);

  /** Works off what former stories left, also what they put off to another day; then it is as early as before. */
  async clear(): Promise<void> {
    const { clock } = this.installation;
    clock.advance(TWO_DAYS);
    await this.installation.drain();
    clock.advance(-TWO_DAYS);
  }

  /** An instance that reaches the stores, and no queue. */
  withoutQueue(): Composition {
    const { config, engines, clock } = this.installation;
    const send = () => Promise.reject(new Problem("unavailable"));
    return composeOn(config, { ...engines, queue: { ...engines.queue, send } }, { clock, telemetry });
  }

  async moment(): Promise<Moment> {
    return new Moment(this.installation, {
      documents: await copyOf(this.#files.documents),
      queue: await copyOf(this.#files.queue),
    });
  }
}

interface Copies {
  readonly documents: Copy;
  readonly queue: Copy;
}

interface Copy {
  readonly file: string;
  /** The copy lives as long as somebody has it open. */
  readonly held: DatabaseSync;
}

async function copyOf(file: string): Promise<Copy> {
  using source = new DatabaseSync(file);
  const copy = sharedMemory();
  const held = new DatabaseSync(copy);
  await backup(source, copy);
  return { file: copy, held };
}

/** An installation at one moment. Any number of worlds go on from there, each for itself. */
export class Moment {
  readonly installation: Installation;
  readonly #copies: Copies;
  readonly #at: Date;
  readonly #blobs;

  constructor(installation: Installation, copies: Copies) {
    this.installation = installation;
    this.#copies = copies;
    this.#at = installation.clock.now();
    this.#blobs = installation.engines.blobs.copy();
  }

  async world(): Promise<World> {
    const clock = fixedClock(this.#at.toISOString());
    const documents = await copyOf(this.#copies.documents.file);
    const queue = await copyOf(this.#copies.queue.file);
    const world = new World(this.installation, clock, {
      documents: openSqliteDocuments({ file: documents.file, clock }),
      queue: openSqliteQueue({ file: queue.file, clock }),
      blobs: this.#blobs.copy(),
    });
    documents.held.close();
    queue.held.close();
    return world;
  }

  close(): void {
    this.#copies.documents.held.close();
    this.#copies.queue.held.close();
  }
}

type Stores = Pick<Installation["engines"], "documents" | "queue" | "blobs">;

/** A message that was handed out. */
export interface HandedOut {
  readonly queue: QueueName;
  readonly delivery: Delivery;
  readonly at: Date;
}

/** All that is outside of the process, with a memory of what it was told, and instances of the product on it. */
export class World {
  readonly clock: ReturnType<typeof fixedClock>;
  readonly stores: Stores;
  readonly provider = recordedProvider();
  readonly handedOut: HandedOut[] = [];
  /** By id: what was announced, and what desks were told. */
  readonly announced = new Map<string, DomainEvent>();
  readonly published = new Map<string, RealtimeMessage>();
  /** Whose sockets were closed, as `<tenant> <user>`. */
  readonly closedUsers = new Set<string>();
  readonly #installation: Installation;
  readonly #realtime: Realtime = {
    publish: async (_tenantId, messages) => {
      for (const message of messages) this.published.set(message.id, message);
    },
    negotiate: async (tenantId, userId) => ({ url: `wss://${tenantId}.test/${userId}`, expiresIn: 60 }),
    closeUser: async (tenantId, userId) => void this.closedUsers.add(`${tenantId} ${userId}`),
    ping: async () => undefined,
  };

  constructor(installation: Installation, clock: ReturnType<typeof fixedClock>, stores: Stores) {
    this.#installation = installation;
    this.clock = clock;
    this.stores = stores;
  }

  /** A new instance, which remembers nothing; what it asks of the outside may be broken by `fault`. */
  instance(fault = faults()): Composition {
    const { config, engines } = this.#installation;
    // Channels take the global one when they are made.
    vi.stubGlobal("fetch", fault.fetch(this.provider.fetch));
    return composeOn(
      config,
      {
        documents: fault.documents(this.stores.documents),
        queue: fault.queue(this.stores.queue),
        blobs: fault.blobs(this.stores.blobs),
        realtime: fault.realtime(this.#realtime),
        secrets: fault.secrets(engines.secrets),
        signingSeeds: engines.signingSeeds,
      },
      { clock: this.clock, telemetry },
    );
  }

  /** The next delivery of a queue, its lane locked; undefined when none is due. */
  async take(queue: QueueName): Promise<{ session: QueueSession; delivery: Delivery } | undefined> {
    const session = await this.stores.queue.acceptNextSession(queue);
    const [delivery] = (await session?.receive(1)) ?? [];
    if (session === undefined || delivery === undefined) return undefined;
    this.#note(queue, delivery);
    return { session, delivery };
  }

  /** Runs the queue functions until nothing is due. What fails is handed back, and parked in the end. */
  async drain({ services, delivering }: Composition): Promise<void> {
    for (let worked = true; worked; ) {
      worked = false;
      for (const declared of queueFunctions) {
        const { queue } = declared;
        const taken = await this.take(queue);
        if (taken === undefined) continue;
        worked = true;
        const { session, delivery } = taken;
        try {
          await runDelivery(declared, delivery.body, delivery, services, delivering);
          await session.complete(delivery);
        } catch (error) {
          await session.abandon(delivery, String(error));
        }
        await session.close();
      }
    }
  }

  /** Lets timers and queues run for some minutes, until all that a crash can leave is done. */
  async settle(instance: Composition): Promise<void> {
    for (let minute = 0; minute < MINUTES; minute++) {
      for (const timer of timerFunctions) await timer.run(instance.services);
      await this.drain(instance);
      this.clock.advance(MINUTE_AND_MORE);
    }
  }

  /** Lets come what was put off to another day. */
  async comingDays(instance: Composition): Promise<void> {
    this.clock.advance(TWO_DAYS);
    await this.drain(instance);
  }

  /** Queues in which something is left, now or for later. */
  waiting(): QueueName[] {
    return queueFunctions.map(({ queue }) => queue).filter((queue) => this.stores.queue.nextDueAt(queue) !== undefined);
  }

  #note(queue: QueueName, delivery: Delivery): void {
    this.handedOut.push({ queue, delivery, at: this.clock.now() });
    if (queue !== "events") return;
    for (const each of EventsMessage.parse(delivery.body).events) {
      const event = DomainEvent.parse(each);
      this.announced.set(event.id, event);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stores.documents.close();
    await this.stores.queue.close();
  }
}
