import type { Caller } from "../platform/caller.ts";
import type { Clock } from "../platform/clock.ts";
import { CommitRejected, create, type Documents, type Operation, replace } from "../platform/documents/port.ts";
import { Problem } from "../platform/errors.ts";
import { newId } from "../platform/ids.ts";
import type { MailOutcome, MailTransport } from "../platform/mail/port.ts";
import type { QueueSender } from "../platform/queue/port.ts";
import type { Telemetry } from "../platform/telemetry/port.ts";
import { Deliveries, type Delivery, type NoticeJob } from "./model.ts";
import { type Arrival, afterTry, isExpired, LOOK_AFTER_MS, nextTry, whatToDo } from "./rules.ts";
import { inWords } from "./templates.ts";

/** Seconds: 8 days, longer than any queue or sweep brings a notice back that was sent. */
const KEPT_FOR = 8 * 24 * 60 * 60;

interface NoticesOptions {
  readonly documents: Documents;
  readonly queue: QueueSender;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Undefined: mail is switched off. */
  readonly mail: MailTransport | undefined;
}

/** Sends what the system writes to people. */
export class Notices {
  readonly #options: NoticesOptions;

  constructor(options: NoticesOptions) {
    this.#options = options;
  }

  /**
   * Sends a notice, once as far as that can be known: each try is recorded before it is made, and one without a result is
   * repeated after a minute (docs/decisions/013-mail.md). What was not taken comes back through the queue, for a day; what is
   * expired is not sent, nor anything where mail is off.
   * Throws `recipient-refused`, `mail-refused` or `mail-undeliverable` for what is given up, so that it gets parked.
   */
  async deliver(caller: Caller, job: NoticeJob, arrival: Arrival): Promise<void> {
    const { clock, documents, mail } = this.#options;
    if (mail === undefined) return this.#leave(job, "mail-off");
    const known = await documents.forTenant(caller.tenantId).read(Deliveries, [], job.id);
    const now = clock.now();
    const next = whatToDo(known?.value, arrival, now);
    if (next.step === "nothing") return;
    if (next.step === "refuse") throw new Problem(next.reason);
    if (next.step === "wait") return this.#bringBack(job, next.until);
    if (isExpired(job.notice, now)) return this.#leave(job, "expired");
    const tried = nextTry(known?.value, now);
    const etag = await this.#commit(caller, job, tried, known?.etag);
    // Another run of this job was quicker: it sends, and what becomes of that is looked after.
    if (etag === undefined) return this.#bringBack(job, new Date(now.getTime() + LOOK_AFTER_MS));
    await this.#try(caller, mail, job, { tried, etag, messageId: arrival.messageId });
  }

  async #try(
    caller: Caller,
    mail: MailTransport,
    job: NoticeJob,
    { tried, etag, messageId }: { readonly tried: Delivery; readonly etag: string; readonly messageId: string },
  ): Promise<void> {
    const { id, to, notice } = job;
    const attempt = { number: tried.number, since: new Date(tried.since) };
    const outcome = await mail.send({ id, to, ...inWords(notice) }, attempt);
    const settled = afterTry(tried, outcome, messageId, this.#options.clock.now());
    this.#tell(job, settled, outcome);
    // Whoever has taken over meanwhile knows what to do.
    if ((await this.#commit(caller, job, settled, etag)) === undefined) return;
    if (settled.refusal !== null) throw new Problem(settled.refusal.reason);
    if (settled.dueAt !== null) await this.#bringBack(job, new Date(settled.dueAt));
  }

  /** Resolves to the new etag; to undefined when somebody else has written. */
  async #commit(caller: Caller, { id }: NoticeJob, value: Delivery, etag?: string): Promise<string | undefined> {
    const options = { ttl: KEPT_FOR };
    const operation: Operation =
      etag === undefined ? create(Deliveries, id, value, options) : replace(Deliveries, id, value, etag, options);
    try {
      const [written] = await this.#options.documents
        .forTenant(caller.tenantId)
        .commit(Deliveries.container, [], [operation]);
      return written;
    } catch (error) {
      if (error instanceof CommitRejected) return undefined;
      throw error;
    }
  }

  /** Durable before this delivery is completed. The id is new each time: a fixed one could be dropped as a duplicate of itself. */
  async #bringBack(job: NoticeJob, deliverAt: Date): Promise<void> {
    const { queue, clock } = this.#options;
    await queue.send("jobs", [{ messageId: newId("ntc", clock.now()), sessionId: job.id, body: job, deliverAt }]);
  }

  #leave({ id, tenantId, notice: { template } }: NoticeJob, reason: "mail-off" | "expired"): void {
    const { telemetry } = this.#options;
    telemetry.log("warn", "a notice was not sent", { tenantId, messageId: id, reason });
    telemetry.count("notices", { template, outcome: reason });
  }

  #tell({ id, tenantId, notice: { template } }: NoticeJob, { status, tries }: Delivery, outcome: MailOutcome): void {
    const { telemetry } = this.#options;
    telemetry.count("notices", { template, outcome: status });
    const fields = { tenantId, messageId: id, attempt: tries };
    if (outcome.outcome === "refused")
      telemetry.log("warn", "a notice was refused", {
        ...fields,
        ...(outcome.code === undefined ? {} : { code: outcome.code }),
      });
    if (outcome.outcome === "later")
      telemetry.log("warn", "a notice could not be handed over", { ...fields, error: outcome.cause });
  }
}
