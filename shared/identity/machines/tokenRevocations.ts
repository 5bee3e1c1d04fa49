import { type Caller, systemCaller } from "../../platform/caller.ts";
import type { Clock } from "../../platform/clock.ts";
import { Problem } from "../../platform/errors.ts";
import type { KnownClient } from "./clientAuthentication.ts";
import type { ClientClaims } from "./clientTokens.ts";
import { clientIdOf } from "./credentialText.ts";
import type { OAuthClient } from "./model.ts";
import type { MachineRegistry } from "./registry.ts";

/** Revoked tokens that a client remembers one by one; with more at once it forgets them by ending all that it was given. */
const MAX_REVOKED = 100;

/** Ends single access tokens, in the document that each use of one is held against. */
export class TokenRevocations {
  readonly #registry: MachineRegistry<OAuthClient>;
  readonly #clock: Clock;
  readonly #forget: (tenantId: string, id: string) => void;

  constructor(registry: MachineRegistry<OAuthClient>, clock: Clock, forget: (tenantId: string, id: string) => void) {
    this.#registry = registry;
    this.#clock = clock;
    this.#forget = forget;
  }

  /** Throws `forbidden` for another client's token. */
  async revoke({ tenantId, id }: KnownClient, claims: ClientClaims): Promise<void> {
    if (claims.client_id !== clientIdOf(tenantId, id))
      throw new Problem("forbidden", { detail: "This token was issued to another client." });
    const caller: Caller = { ...systemCaller(tenantId, "oauth"), actor: { type: "client", clientId: id } };
    const now = Math.floor(this.#clock.now().getTime() / 1000);
    await this.#registry.change(caller, id, ({ value }) => ({ machine: without(value, claims, now) }));
    this.#forget(tenantId, id);
  }
}

function without(client: OAuthClient, { jti, exp }: ClientClaims, now: number): OAuthClient {
  const others = client.revokedTokens.filter((each) => each.until > now && each.jti !== jti);
  if (others.length >= MAX_REVOKED) return { ...client, generation: client.generation + 1, revokedTokens: [] };
  return { ...client, revokedTokens: [...others, { jti, until: exp }] };
}

/** Whether a token still counts as the client stands now. */
export function stillCounts({ generation, revokedTokens }: OAuthClient, { gen, jti }: ClientClaims): boolean {
  return gen === generation && !revokedTokens.some((each) => each.jti === jti);
}
