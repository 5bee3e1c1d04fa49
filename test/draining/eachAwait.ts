import { expect } from "vitest";
import type { Composition } from "../../functions/compose.ts";
import { SessionLost } from "../../shared/platform/queue/port.ts";
import { QUEUES, type QueueName } from "../../shared/platform/queue/queues.ts";
import { faults, type OutsideCall, type Side } from "../../shared/platform/testing/faults.ts";
import { type Past, pastOf, pictureOf, touchedIn } from "./picture.ts";
import { type Scene, sceneOf } from "./scene.ts";
import type { HandedOut, Moment, World } from "./world.ts";

/** One invocation of a handler, and what brings it again when it was cut off. */
export interface Work {
  readonly run: (world: World, instance: Composition) => Promise<void>;
  /** The client's second request. Queues and timers come again by themselves. */
  readonly repeat?: (world: World, instance: Composition) => Promise<void>;
  /** The queue whose delivery it is. */
  readonly queue?: QueueName;
  /** Why an invocation that hung for minutes may end otherwise: it is not woken up. */
  readonly staysGone?: string;
}

/** What an invocation that is cut off may leave for good: documents or events, by a word that stands in each, and why. */
export interface Leftover {
  readonly word: string;
  readonly why: string;
  /** Only one that wakes up again may leave it. */
  readonly late?: true;
}

/** The work undisturbed: what was there before it, outbox entries too, what it asked of the outside, and what came of it. */
export interface Undisturbed {
  readonly past: Past;
  readonly outbox: number;
  readonly calls: readonly OutsideCall[];
  readonly soon: Scene;
  readonly late: Scene;
}

/**
 * Runs the work once undisturbed, and then once for each call to the outside and each side of it, with the invocation gone
 * at that point: nothing of it runs on, its lane stays locked until the lock ends, and another instance does the rest. The
 * outcome must be the undisturbed one. To be gone before a call is to be gone after the one before it, so of each pair one
 * invocation wakes up after all, as one that only hung would, and the outcome must still be the same.
 */
export async function stopAtEachAwait(
  moment: Moment,
  work: Work,
  leftovers: readonly Leftover[] = [],
): Promise<Undisturbed> {
  const whole = await undisturbed(moment, work);
  const { past, soon, late } = whole;
  for (const [at, call] of whole.calls.entries()) {
    for (const side of ["before", "after"] as const) {
      await using world = await moment.world();
      const about = `gone ${side} call ${at}, ${call}`;
      const cutOff = await cut(world, work, at, side);
      const successor = world.instance();
      await work.repeat?.(world, successor);
      if (work.queue !== undefined) await comesAgain(world, successor, work.queue, about);
      await world.settle(successor);
      const atOnce = leftovers.filter(({ late }) => late === undefined);
      const doubted = holdAgainst(soon, await sceneOf(world), { past, leftovers: atOnce, about });
      const wakesUp = side === "before" && work.staysGone === undefined;
      if (wakesUp) {
        await cutOff.wakeUp();
        await world.settle(successor);
      }
      await world.comingDays(successor);
      const comparison = { past, leftovers: wakesUp ? leftovers : atOnce, doubted, about: `${about}, in the end` };
      holdAgainst(late, await sceneOf(world), comparison);
      expect(world.waiting(), `${about}: left in a queue`).toEqual([]);
    }
  }
  return whole;
}

async function undisturbed(moment: Moment, work: Work): Promise<Undisturbed> {
  await using world = await moment.world();
  const before = await sceneOf(world);
  const fault = faults();
  await work.run(world, world.instance(fault));
  const calls = fault.calls();
  const successor = world.instance();
  await world.settle(successor);
  const soon = await sceneOf(world);
  await world.comingDays(successor);
  return { past: pastOf(before), outbox: before.outbox.length, calls, soon, late: await sceneOf(world) };
}

/** Resolves when the invocation has come to where it is gone. A delivery of a queue that wakes up finds its lane lost. */
async function cut(world: World, work: Work, at: number, side: Side): Promise<{ wakeUp: () => Promise<void> }> {
  const fault = faults();
  const instance = world.instance(fault);
  const { reached, resume } = fault.stop(at, side);
  const ended = work.run(world, instance).then(
    () => undefined,
    (error: unknown) => error,
  );
  const first = await Promise.race([reached.then(() => "stopped"), ended.then(() => "ended")]);
  if (first === "ended") throw new Error(`There is no call ${at}: ${fault.calls().join(", ")}`);
  const wakeUp = async () => {
    resume();
    const error = await ended;
    if (work.queue !== undefined) expect(error).toBeInstanceOf(SessionLost);
  };
  return { wakeUp };
}

/** The delivery that was cut off is nobody's until its lock ends, and then comes again, counted. */
async function comesAgain(world: World, successor: Composition, queue: QueueName, about: string): Promise<void> {
  const { lockSeconds } = QUEUES[queue];
  const cutOff = world.handedOut.at(-1);
  const again = () => world.handedOut.filter((each) => each !== cutOff && isSame(each, cutOff));
  world.clock.advance((lockSeconds - 1) * 1000);
  await world.drain(successor);
  expect(again(), about).toEqual([]);
  world.clock.advance(1000);
  await world.drain(successor);
  const [first] = again();
  expect(first?.delivery.deliveryCount, about).toBe((cutOff?.delivery.deliveryCount ?? 0) + 1);
}

function isSame(one: HandedOut, other: HandedOut | undefined): boolean {
  return one.queue === other?.queue && one.delivery.sequenceNumber === other.delivery.sequenceNumber;
}

interface Comparison {
  readonly past: Past;
  readonly leftovers: readonly Leftover[];
  /** Messages that were in doubt sooner. */
  readonly doubted?: ReadonlySet<string>;
  readonly about: string;
}

/** Answers the ids of messages that are or were in doubt. */
function holdAgainst(
  wanted: Scene,
  found: Scene,
  { past, leftovers, doubted: sooner = new Set(), about }: Comparison,
): ReadonlySet<string> {
  const doubted = new Set([...sooner, ...found.inDoubt.map((reference) => reference.split(":")[1] ?? "")]);
  const touched = new Set([...touchedIn(wanted, past), ...touchedIn(found, past)]);
  const one = pictureOf(wanted, { past, touched, doubted });
  const other = pictureOf(found, { past, touched, doubted });
  for (const part of ["documents", "files", "events", "published", "told", "parked"] as const) {
    const missing = without(one[part], other[part]);
    const extra = without(other[part], one[part]);
    const unexplained = extra.filter((text) => !leftovers.some(({ word }) => text.includes(word)));
    expect({ missing, extra: unexplained }, `${part}, ${about}`).toEqual({ missing: [], extra: [] });
  }
  expect(found.outbox, `left in an outbox, ${about}`).toEqual([]);
  expect(new Set(found.sends).size, `sent twice of ${found.sends}, ${about}`).toBe(found.sends.length);
  expect(without(found.sends, wanted.sends), `sent, ${about}`).toEqual([]);
  expect(without(without(wanted.sends, found.sends), found.inDoubt), `neither sent nor in doubt, ${about}`).toEqual([]);
  // At most what was under way.
  expect(without(found.inDoubt, wanted.inDoubt).length, `in doubt, ${about}`).toBeLessThanOrEqual(1);
  return doubted;
}

/** Those of `all` that are not among `others`; of equal ones, as many as there are more. */
function without(all: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return all.filter((text) => {
    const index = left.indexOf(text);
    if (index < 0) return true;
    left.splice(index, 1);
    return false;
  });
}
