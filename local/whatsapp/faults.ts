import { z } from "zod";
import { HttpError } from "./http.ts";

/**
 * A fault on demand, for the next `count` sends. `answer` (the default) refuses with the code, `status` accepts and reports the
 * failure by webhook, `drop` accepts and delivers but cuts the connection before answering, `silent` refuses with a
 * gateway's page and no code.
 */
export const Fault = z.strictObject({
  code: z.int().min(0).max(999_999).default(131000),
  count: z.int().min(1).max(1000).default(1),
  as: z.enum(["answer", "status", "drop", "silent"]).default("answer"),
});
export type Fault = z.infer<typeof Fault>;

export class Faults {
  #planned: Fault[] = [];

  plan(fault: Fault): void {
    this.#planned.push(fault);
  }

  clear(): void {
    this.#planned = [];
  }

  /** The fault for this send: one that was planned, or one that the text itself asks for (`#error 131047`, `#fail 131026`). */
  next(text: string): Fault | undefined {
    const [, word, digits] = /^#(error|fail|drop)\b\s*(\d{1,6})?/.exec(text) ?? [];
    const code = digits === undefined ? 131000 : Number(digits);
    if (word !== undefined)
      return { code, count: 1, as: word === "error" ? "answer" : word === "fail" ? "status" : "drop" };
    const [first, ...rest] = this.#planned;
    if (first === undefined) return undefined;
    this.#planned = first.count > 1 ? [{ ...first, count: first.count - 1 }, ...rest] : rest;
    return first;
  }
}

const TITLES: Readonly<Record<number, string>> = {
  100: "Invalid parameter",
  190: "Access token has expired",
  130429: "Rate limit hit",
  131000: "Something went wrong",
  131026: "Message undeliverable",
  131047: "Re-engagement message",
  131048: "Spam rate limit hit",
  131049: "This message was not delivered to maintain healthy ecosystem engagement.",
  131051: "Unsupported message type",
  131053: "Media upload error",
  131056: "(Business Account, Consumer Account) pair rate limit hit",
  132000: "Number of parameters does not match the expected number of params",
  132001: "Template name does not exist in the translation",
  132015: "Template is paused",
};

export const titleOf = (code: number): string => TITLES[code] ?? "An error";

/** An error as the Graph API answers it. Status by code: 401 for tokens, 429 for rates, 5xx for Meta's own, else 400. */
export function graphError(code: number, details: string, subcode?: number): HttpError {
  const status =
    code === 190 ? 401 : [4, 80007, 130429].includes(code) ? 429 : [1, 2, 131000, 131016].includes(code) ? 500 : 400;
  return new HttpError(status, {
    error: {
      message: `(#${code}) ${titleOf(code)}`,
      type: "OAuthException",
      code,
      ...(subcode === undefined ? {} : { error_subcode: subcode }),
      error_data: { messaging_product: "whatsapp", details },
      fbtrace_id: "Simulated",
    },
  });
}
