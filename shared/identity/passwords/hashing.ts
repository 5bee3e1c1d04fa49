import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { Problem } from "../../platform/errors.ts";
import { normalized } from "./rules.ts";

const derive = promisify(argon2);

/** Argon2id's cost: memory in KiB, passes, lanes. */
interface Cost {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** OWASP's password storage cheat sheet: m=19456, t=2, p=1. Raise it, and sign-ins rehash by themselves. */
const COST: Cost = { memory: 19_456, passes: 2, parallelism: 1 };
const SALT_BYTES = 16;
const TAG_BYTES = 32;

/** Each takes 19 MB and a thread for about 30 ms: two at once, so that sign-ins never starve messages. */
const AT_ONCE = 2;
const MAX_WAITING = 50;

interface Phc extends Cost {
  readonly salt: Buffer;
  readonly tag: Buffer;
}

/** Hashes passwords with argon2id, kept as PHC strings (`$argon2id$v=19$m=…,t=…,p=…$salt$tag`). */
export class Passwords {
  readonly #cost: Cost;
  /** Takes as long to check as any other, and no password fits. */
  readonly #dummy: string;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(cost: Cost = COST) {
    this.#cost = cost;
    this.#dummy = toPhc({ ...cost, salt: randomBytes(SALT_BYTES), tag: randomBytes(TAG_BYTES) });
  }

  /** Throws `unavailable` when more than 50 are waiting. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const tag = await this.#derive(password, { ...this.#cost, salt, tag: Buffer.alloc(TAG_BYTES) });
    return toPhc({ ...this.#cost, salt, tag });
  }

  /** Whether it fits; without a hash it never does, and takes as long to find out. Throws `unavailable` as above. */
  async verify(password: string, hash: string | undefined): Promise<boolean> {
    const phc = parsePhc(hash ?? this.#dummy);
    const tag = await this.#derive(password, phc);
    return timingSafeEqual(tag, phc.tag) && hash !== undefined;
  }

  /** Whether it was made with less than is asked for now. */
  isWeak(hash: string): boolean {
    const { memory, passes, parallelism } = parsePhc(hash);
    return memory < this.#cost.memory || passes < this.#cost.passes || parallelism < this.#cost.parallelism;
  }

  async #derive(password: string, { salt, tag, ...cost }: Phc): Promise<Buffer> {
    const parameters: Argon2Parameters = {
      ...cost,
      message: Buffer.from(normalized(password), "utf8"),
      nonce: salt,
      tagLength: tag.byteLength,
    };
    await this.#enter();
    try {
      return await derive("argon2id", parameters);
    } finally {
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < AT_ONCE) {
      this.#running++;
      return;
    }
    if (this.#waiting.length >= MAX_WAITING)
      throw new Problem("unavailable", { detail: "Too many people sign in at this moment.", retryAfter: 2 });
    // Whoever leaves hands its place over, so `#running` stands.
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running--;
    else next();
  }
}

function toPhc({ memory, passes, parallelism, salt, tag }: Phc): string {
  const encode = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "");
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${encode(salt)}$${encode(tag)}`;
}

function parsePhc(text: string): Phc {
  const parts = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(text);
  const [, memory, passes, parallelism, salt, tag] = parts ?? [];
  if (salt === undefined || tag === undefined) throw new Error("A stored password hash is not an argon2id PHC string");
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, "base64"),
    tag: Buffer.from(tag, "base64"),
  };
}
