import { parseArgs } from "node:util";
import type { Queue } from "../shared/platform/queue/port.ts";
import { QUEUES, type QueueName } from "../shared/platform/queue/queues.ts";
import { listDeadLetters, replayDeadLetters } from "./deadLetters.ts";
import { openQueue } from "./openQueue.ts";

export interface Output {
  /** One or more lines for the standard output. */
  write(text: string): void;
  /** The same for the standard error. */
  fail(text: string): void;
}

const USAGE = `Usage: cordboard <command>

  dead-letters list [queue]                    what was parked after its last delivery, oldest first
  dead-letters replay <queue> <sequence>...    puts those messages back at the end of their lanes
  dead-letters replay <queue> --all            puts all of a queue's parked messages back

Queues: ${Object.keys(QUEUES).join(", ")}

It works on the data folder CORDBOARD_DATA (.cordboard), also while the product runs there; or, when
CORDBOARD_PLATFORM is "azure", on the Service Bus namespace SERVICEBUS__fullyQualifiedNamespace with
your own sign-in (az login). A message's text is never shown.`;

/** The command was not understood; the usage says how it is meant. */
class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Runs one `cordboard` command. Resolves to the exit code: 0 done, 1 it failed or something named was not there,
 * 2 the command was not understood.
 */
export async function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  output: Output,
): Promise<number> {
  try {
    const { positionals, values } = parse(args);
    if (values.help || positionals.length === 0) {
      output.write(USAGE);
      return values.help ? 0 : 2;
    }
    const command = understand(positionals, values.all ?? false);
    const queue = openQueue(env);
    try {
      return await command(queue, output);
    } finally {
      await queue.close();
    }
  } catch (error) {
    output.fail(error instanceof Error ? `cordboard: ${error.message}` : "cordboard: failed");
    if (!(error instanceof UsageError)) return 1;
    output.fail(`\n${USAGE}`);
    return 2;
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { all: { type: "boolean" }, help: { type: "boolean", short: "h" } },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : "Unknown option");
  }
}

type Command = (queue: Queue, output: Output) => Promise<number>;

function understand([subject, verb, ...rest]: readonly string[], all: boolean): Command {
  if (subject !== "dead-letters") throw new UsageError(`There is no command "${subject}"`);
  const [name, ...numbers] = rest;
  if (verb === "list") {
    if (all || numbers.length > 0) throw new UsageError("dead-letters list takes at most one queue");
    const queues = name === undefined ? queueNames() : [queueName(name)];
    return (queue, output) => listDeadLetters(queue, queues, output);
  }
  if (verb === "replay") {
    if (name === undefined) throw new UsageError("Name the queue to replay");
    const queueToReplay = queueName(name);
    if (all === numbers.length > 0) throw new UsageError("Name the sequence numbers to replay, or give --all");
    const sequences = all ? undefined : numbers.map(sequenceNumber);
    return (queue, output) => replayDeadLetters(queue, queueToReplay, sequences, output);
  }
  throw new UsageError(verb === undefined ? "list or replay the dead letters?" : `There is no "dead-letters ${verb}"`);
}

function queueNames(): QueueName[] {
  return Object.keys(QUEUES).filter(isQueueName);
}

function isQueueName(name: string): name is QueueName {
  return Object.hasOwn(QUEUES, name);
}

function queueName(name: string): QueueName {
  if (!isQueueName(name)) throw new UsageError(`There is no queue "${name}"`);
  return name;
}

function sequenceNumber(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) throw new UsageError(`"${text}" is no sequence number`);
  return number;
}
