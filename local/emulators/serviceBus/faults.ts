import type { Connection } from "rhea";

/**
 * Where a connection can be cut, after the fact, so that the client cannot know what came of it: a message is kept and not
 * acknowledged, is taken for delivery and never arrives, is settled and not confirmed.
 */
export type CutPoint = "send" | "delivery" | "settlement";

/** What a test asks for; the network's part, not Service Bus's. */
export class Faults {
  readonly #wanted = new Set<CutPoint>();

  cutNext(point: CutPoint): void {
    this.#wanted.add(point);
  }

  /** True when the connection is cut here, and nothing may be answered. */
  cut(point: CutPoint, connection: Connection): boolean {
    if (!this.#wanted.delete(point)) return false;
    connection.socket.destroy(new Error(`cut after a ${point}`));
    return true;
  }
}
