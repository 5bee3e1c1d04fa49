import { Cron } from "croner";

/** A schedule in UTC, as Azure Functions reads it unless WEBSITE_TIME_ZONE says otherwise. */
export interface Schedule {
  /** The first time after `after`; undefined when there is none. */
  next(after: Date): Date | undefined;
}

/** croner knows more than NCRONTAB (L, W, #, ?, nicknames): what Azure would refuse must be refused here too. */
const FIELDS = /^(?:[0-9*,/-]+ ){4}(?:[0-9*,/-]|[a-z]{3}\b)+ (?:[0-6*,/-]|[a-z]{3}\b)+$/i;

/**
 * Reads `{second} {minute} {hour} {day} {month} {day of week}`. Day and day of week must both match, unlike in Unix cron;
 * Sunday is 0. Throws when Azure would not take it.
 */
export function parseNcrontab(expression: string): Schedule {
  const pattern = expression.trim().replace(/\s+/g, " ");
  if (!FIELDS.test(pattern)) {
    throw new Error(`"${expression}" is no schedule of six fields: second minute hour day month day-of-week.`);
  }
  const cron = new Cron(pattern, { mode: "6-part", domAndDow: true, timezone: "UTC", paused: true });
  return { next: (after) => cron.nextRun(after) ?? undefined };
}
