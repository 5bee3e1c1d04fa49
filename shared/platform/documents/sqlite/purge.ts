import { CONTAINER_NAMES, CONTAINERS } from "../containers.ts";
import type { Connection } from "./connection.ts";

/** Rows removed from one container at a time: what has expired is invisible anyway, so there is no hurry. */
const PURGE_BATCH = 500;

/** Removes documents whose time is over, within the transaction that is open. `now` in milliseconds. */
export function purgeExpired(connection: Connection, now: number): void {
  for (const name of CONTAINER_NAMES) {
    if (!CONTAINERS[name].timeToLive) continue;
    connection
      .statement(
        `DELETE FROM ${name} WHERE seq IN (SELECT seq FROM ${name} WHERE expires_at IS NOT NULL AND expires_at <= ? LIMIT ?)`,
      )
      .run(now, PURGE_BATCH);
  }
}
