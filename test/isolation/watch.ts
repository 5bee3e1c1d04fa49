import type { Answer } from "./answer.ts";
import type { Call } from "./installation.ts";

/** Whose data a marker is: nobody else may be told of it. */
interface Owned {
  readonly owner: string;
  readonly marker: string;
}

/** Hashes, ciphertexts and refresh tokens, by their form. */
const SECRET_FORMS = [/\$argon2id\$/, /\bv1\.[\w-]{11}\.[\w-]{16}\./, /ten_[0-9a-z]{20}\.ses_[0-9a-z]{20}\./];
/** What no log line may hold beside secrets: tokens, addresses. */
const PRIVATE_FORMS = [/\beyJ[\w-]+\./, /[\w.-]+@[\w-]+\.test/];

/**
 * Sees every answer and every log line of a run. Secrets may stand in neither, what people wrote or are called in no log
 * line, and what one tenant has in no answer to another, save where that other has sent it along.
 */
export class Watch {
  readonly leaks: string[] = [];
  readonly #secrets = new Set<string>();
  readonly #private = new Set<string>();
  readonly #owned: Owned[] = [];
  readonly #tenantOf = new Map<string, string>();
  #lines = 0;

  get lines(): number {
    return this.#lines;
  }

  /** Never in any answer, nor in any log line. */
  secret(...values: readonly string[]): void {
    for (const value of values) this.#secrets.add(value);
  }

  /** Never in a log line. */
  private(...values: readonly string[]): void {
    for (const value of values) this.#private.add(value);
  }

  owns(owner: string, ...markers: readonly string[]): void {
    for (const marker of markers) this.#owned.push({ owner, marker });
  }

  /** Whose token this is. */
  token(token: string, owner: string): void {
    this.#tenantOf.set(token, owner);
  }

  logged(line: string): void {
    this.#lines++;
    for (const value of [...this.#secrets, ...this.#private, ...this.#tenantOf.keys()])
      if (line.includes(value)) this.leaks.push(`a log line holds ${value}: ${line}`);
    for (const form of [...SECRET_FORMS, ...PRIVATE_FORMS])
      if (form.test(line)) this.leaks.push(`a log line holds ${form}: ${line}`);
  }

  answered({ route, status, text, headers }: Answer, call: Call, token: string | undefined): void {
    const told = `${text}\n${[...headers].join("\n")}`;
    const leak = (what: string) => this.leaks.push(`${route} answered ${status} with ${what}`);
    for (const value of this.#secrets) if (told.includes(value)) leak(value);
    for (const form of SECRET_FORMS) if (form.test(told)) leak(String(form));
    const owner = token === undefined ? undefined : this.#tenantOf.get(token);
    if (owner === undefined) return;
    const sent = JSON.stringify(call);
    for (const { owner: other, marker } of this.#owned)
      if (other !== owner && told.includes(marker) && !sent.includes(marker)) leak(`${other}'s ${marker}`);
  }
}
