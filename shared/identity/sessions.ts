import { randomBytes } from "node:crypto";
import { type Caller, systemCaller } from "../platform/caller.ts";
import type { Clock } from "../platform/clock.ts";
import {
  CommitRejected,
  create,
  type Documents,
  type Operation,
  remove,
  replace,
  type Stored,
} from "../platform/documents/port.ts";
import { Problem } from "../platform/errors.ts";
import { newEvent } from "../platform/events/newEvent.ts";
import { idOf, newId, TenantId } from "../platform/ids.ts";
import type { Outbox } from "../platform/outbox/outbox.ts";
import { type Session, Sessions } from "./model.ts";
import { sha256, showToken } from "./rules.ts";

/** Seconds after the last refresh: 30 days. */
export const SESSION_SECONDS = 30 * 24 * 60 * 60;
const SECRET_BYTES = 32;
/** Each tab that refreshes in the same moment costs one of the others a round. */
const MAX_ATTEMPTS = 20;

/** A refresh token taken apart: whose it is, which family's, the secret of the family, and its own. */
interface RefreshToken {
  readonly tenantId: TenantId;
  readonly sessionId: string;
  readonly family: string;
  readonly secret: string;
}

export interface NewSession {
  readonly sessionId: string;
  readonly refreshToken: string;
  /** To commit in container `identity`. */
  readonly operation: Operation;
}

interface Refreshed {
  readonly sessionId: string;
  readonly refreshToken: string;
}

interface SessionsDependencies {
  readonly documents: Documents;
  readonly outbox: Outbox;
  readonly clock: Clock;
}

/** Sign-ins and their refresh tokens: rotated with each use, kept as hashes, ended when a copy shows up. */
export class SessionStore {
  readonly #dependencies: SessionsDependencies;

  constructor(dependencies: SessionsDependencies) {
    this.#dependencies = dependencies;
  }

  /** A new sign-in, not yet committed. */
  begin(tenantId: TenantId, sessionId: string, userId: string, signInsSince: number): NewSession {
    const now = this.#dependencies.clock.now();
    const token = { tenantId, sessionId, family: newSecret(), secret: newSecret() };
    const session: Session = {
      userId,
      familyHash: sha256(token.family),
      signInsSince,
      tokens: { offered: [{ hash: sha256(token.secret), at: now.getTime() }], spent: [] },
      createdAt: now.toISOString(),
    };
    const operation = create(Sessions, sessionId, session, { ttl: SESSION_SECONDS });
    return { sessionId, refreshToken: format(token), operation };
  }

  newSessionId(): string {
    return newId("ses", this.#dependencies.clock.now());
  }

  /**
   * Takes a refresh token for the next one. `admit` says whether the sign-in still counts, and may throw. Throws `session-expired`
   * when it has ended or the token is a copy (which ends it), `rate-limited` when too many come at once.
   */
  async refresh(
    text: string | undefined,
    admit: (tenantId: TenantId, session: Session) => Promise<void>,
  ): Promise<Refreshed> {
    const token = parse(text);
    if (token === undefined) throw expired();
    const { tenantId, sessionId } = token;
    const store = this.#dependencies.documents.forTenant(tenantId);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const stored = await this.#find(token);
      if (stored === undefined) throw expired();
      const secret = newSecret();
      const now = this.#dependencies.clock.now().getTime();
      const tokens = showToken(stored.value.tokens, sha256(token.secret), sha256(secret), now);
      if (tokens === "crowded") throw new Problem("rate-limited", { retryAfter: 60 });
      if (tokens === "replayed") {
        await this.#endReplayed(tenantId, stored);
        throw expired();
      }
      await admit(tenantId, stored.value);
      const session = { ...stored.value, tokens };
      try {
        await store.commit(
          "identity",
          [],
          [replace(Sessions, sessionId, session, stored.etag, { ttl: SESSION_SECONDS })],
        );
        return { sessionId, refreshToken: format({ ...token, secret }) };
      } catch (error) {
        if (!(error instanceof CommitRejected)) throw error;
      }
    }
    throw new Problem("unavailable", { retryAfter: 1 });
  }

  /** Ends the sign-in that the token is of, whichever of its tokens it is; nothing for any other text. */
  async end(text: string | undefined): Promise<void> {
    const token = parse(text);
    if (token === undefined || (await this.#find(token)) === undefined) return;
    await this.#remove(token.tenantId, token.sessionId);
  }

  /** Ends a user's sign-ins that have ended by `signInsSince`; undefined: all. */
  async endFormer(tenantId: TenantId, userId: string, signInsSince: number | undefined): Promise<void> {
    const store = this.#dependencies.documents.forTenant(tenantId);
    const mine = { partition: [], where: [{ path: "userId", op: "=" as const, value: userId }], limit: 1000 };
    const { items } = await store.query(Sessions, mine);
    for (const { id, value } of items) if (value.signInsSince !== signInsSince) await this.#remove(tenantId, id);
  }

  /** Lets one sign-in outlive a change that ended the user's others. */
  async keep(tenantId: TenantId, sessionId: string, signInsSince: number): Promise<void> {
    const store = this.#dependencies.documents.forTenant(tenantId);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const stored = await store.read(Sessions, [], sessionId);
      if (stored === undefined) return;
      const kept = replace(Sessions, sessionId, { ...stored.value, signInsSince }, stored.etag, {
        ttl: SESSION_SECONDS,
      });
      try {
        await store.commit("identity", [], [kept]);
        return;
      } catch (error) {
        if (!(error instanceof CommitRejected)) throw error;
      }
    }
  }

  async #find({ tenantId, sessionId, family }: RefreshToken): Promise<Stored<Session> | undefined> {
    const stored = await this.#dependencies.documents.forTenant(tenantId).read(Sessions, [], sessionId);
    return stored?.value.familyHash === sha256(family) ? stored : undefined;
  }

  async #remove(tenantId: TenantId, sessionId: string): Promise<void> {
    try {
      const store = this.#dependencies.documents.forTenant(tenantId);
      await store.commit("identity", [], [remove(Sessions, sessionId)]);
    } catch (error) {
      if (!(error instanceof CommitRejected)) throw error;
    }
  }

  async #endReplayed(tenantId: TenantId, { id, value: { userId } }: Stored<Session>): Promise<void> {
    const { documents, outbox, clock } = this.#dependencies;
    const caller: Caller = systemCaller(tenantId, "sessions");
    const event = newEvent(caller, clock, "user.refused", userId, { userId, reason: "refresh-token-replayed" });
    try {
      await outbox.commit(documents.forTenant(tenantId), "identity", [], [remove(Sessions, id)], { events: [event] });
    } catch (error) {
      if (!(error instanceof CommitRejected)) throw error;
    }
  }
}

export function expired(): Problem {
  return new Problem("session-expired", { detail: "Your sign-in has ended. Please sign in again." });
}

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString("base64url");
}

function format({ tenantId, sessionId, family, secret }: RefreshToken): string {
  return [tenantId, sessionId, family, secret].join(".");
}

function parse(text: string | undefined): RefreshToken | undefined {
  const [tenant, sessionId, family, secret, ...rest] = (text ?? "").slice(0, 512).split(".");
  const tenantId = TenantId.safeParse(tenant).data;
  if (tenantId === undefined || !idOf("ses").safeParse(sessionId).success || rest.length > 0) return undefined;
  if (sessionId === undefined || family === undefined || secret === undefined) return undefined;
  return { tenantId, sessionId, family, secret };
}
