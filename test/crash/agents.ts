import { setTimeout as pause } from "node:timers/promises";
import type { ApiClient } from "../harness/api.ts";
import type { Random } from "../harness/random.ts";
import { ApiRefusal, conversationsByPhone } from "../harness/shown.ts";

/** What an agent wrote; once the API has said that it is stored, it must be shown and sent once. */
export interface Reply {
  readonly text: string;
  readonly key: string;
  acknowledged: boolean;
}

export interface AgentOptions {
  readonly phone: string;
  readonly client: ApiClient;
  readonly random: Random;
  /** Replies at most: below the burst that one recipient may get, so that nothing waits for its pace. */
  readonly limit: number;
}

const RETRY_PAUSE = 60;

/** An agent who answers one customer through the API, repeating what was not answered under the same Idempotency-Key. */
export class Agent {
  readonly phone: string;
  readonly replies: Reply[] = [];
  /** Answers that mean neither "stored" nor "come back": a fault of the product. */
  readonly refusals: string[] = [];
  readonly #options: AgentOptions;

  constructor(options: AgentOptions) {
    this.phone = options.phone;
    this.#options = options;
  }

  async work(stop: AbortSignal): Promise<void> {
    const { random, limit } = this.#options;
    let conversationId: string | undefined;
    while (!stop.aborted && this.replies.length < limit) {
      await pause(random.between(300, 5000));
      conversationId ??= (await this.#conversations())?.get(this.phone)?.[0]?.id;
      if (conversationId !== undefined) await this.#reply(conversationId);
    }
  }

  /** Undefined while the host is down. */
  async #conversations() {
    try {
      return await conversationsByPhone(this.#options.client);
    } catch (error) {
      if (error instanceof ApiRefusal) this.refusals.push(error.message);
      return undefined;
    }
  }

  async #reply(conversationId: string): Promise<void> {
    const text = `Reply ${this.replies.length} to ${this.phone}`;
    const reply: Reply = { text, key: text.replaceAll(" ", "-"), acknowledged: false };
    this.replies.push(reply);
    while (!reply.acknowledged) {
      const status = await this.#post(conversationId, reply);
      reply.acknowledged = status === 202;
      if (status >= 400 && status < 500) return void this.refusals.push(`${text}: ${status}`);
      if (!reply.acknowledged) await pause(RETRY_PAUSE);
      // Now and then the answer is lost on its way, and the agent's app asks again.
      else if (this.#options.random.chance(0.2)) await this.#post(conversationId, reply);
    }
  }

  /** The answer's status; 0 when there was none. */
  async #post(conversationId: string, { text, key }: Reply): Promise<number> {
    const path = `conversations/${conversationId}/messages`;
    const answer = await this.#options.client
      .post(path, { type: "text", text }, { "idempotency-key": key })
      .catch(() => undefined);
    return answer?.status ?? 0;
  }
}
