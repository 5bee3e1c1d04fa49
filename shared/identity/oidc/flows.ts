import { randomBytes } from "node:crypto";
import type { Clock } from "../../platform/clock.ts";
import {
  CommitRejected,
  create,
  type Documents,
  replace,
  type Stored,
  type TenantStore,
} from "../../platform/documents/port.ts";
import { newId, TenantId } from "../../platform/ids.ts";
import { SignInRefused } from "../providers/failures.ts";
import { sha256 } from "../rules.ts";
import { FLOW_SECONDS, type Flow, FlowId, Flows } from "./model.ts";

const SECRET_BYTES = 32;

/** What a provider hands back to us: whose flow it is, and which, and what nobody else knows of it. */
interface State {
  readonly tenantId: TenantId;
  readonly flowId: string;
  readonly secret: string;
}

/** What the browser keeps of a flow of its own. Each flow has its own cookie, so that several may be on their way. */
export interface BrowserHalf {
  readonly flowId: string;
  readonly secret: string;
}

export interface Begun {
  /** For the provider. */
  readonly state: string;
  readonly browser: BrowserHalf;
  /** Until then nobody can end it. */
  readonly commit: () => Promise<void>;
}

/** Sign-ins on their way: each ends once, within 10 minutes, and in the browser it began in. */
export class FlowStore {
  readonly #documents: Documents;
  readonly #clock: Clock;

  constructor(documents: Documents, clock: Clock) {
    this.#documents = documents;
    this.#clock = clock;
  }

  begin(tenantId: TenantId, about: Omit<Flow, "stateHash" | "browserHash" | "startedAt">): Begun {
    const now = this.#clock.now();
    const state: State = { tenantId, flowId: newId("flw", now), secret: newSecret() };
    const browser = { flowId: state.flowId, secret: newSecret() };
    const flow: Flow = {
      ...about,
      stateHash: sha256(state.secret),
      browserHash: sha256(browser.secret),
      startedAt: now.toISOString(),
    };
    const operation = create(Flows, state.flowId, flow, { ttl: FLOW_SECONDS });
    const commit = async () => {
      await this.#store(tenantId).commit("identity", [], [operation]);
    };
    return { state: [tenantId, state.flowId, state.secret].join("."), browser, commit };
  }

  /** Throws `SignInRefused` for a state that was never given out, or long ago. */
  async find({ tenantId, flowId, secret }: State): Promise<Stored<Flow>> {
    const found = await this.#store(tenantId).read(Flows, [], flowId);
    if (found === undefined || found.value.stateHash !== sha256(secret)) throw interrupted("unknown-state");
    return found;
  }

  /** Ends a flow. `browserSecret`: of the flow's cookie. Throws `SignInRefused` when it has ended, or is another browser's. */
  async end(tenantId: TenantId, { id, value, etag }: Stored<Flow>, browserSecret: string | undefined): Promise<void> {
    const now = this.#clock.now();
    if (now.getTime() - Date.parse(value.startedAt) > FLOW_SECONDS * 1000) throw interrupted("too-late");
    if (value.usedAt !== undefined) throw interrupted("replayed");
    if (browserSecret === undefined || value.browserHash !== sha256(browserSecret))
      throw interrupted("another-browser");
    const used: Flow = { ...value, usedAt: now.toISOString() };
    try {
      const write = replace(Flows, id, used, etag, { ttl: FLOW_SECONDS });
      await this.#store(tenantId).commit("identity", [], [write]);
    } catch (error) {
      if (error instanceof CommitRejected) throw interrupted("replayed");
      throw error;
    }
  }

  #store(tenantId: TenantId): TenantStore {
    return this.#documents.forTenant(tenantId);
  }
}

/** Undefined for what was never a state of ours. */
export function parseState(text: string | undefined): State | undefined {
  const [tenant, flowId, secret, ...rest] = (text ?? "").split(".");
  const tenantId = TenantId.safeParse(tenant).data;
  if (tenantId === undefined || !FlowId.safeParse(flowId).success || rest.length > 0) return undefined;
  return flowId === undefined || secret === undefined ? undefined : { tenantId, flowId, secret };
}

export function interrupted(reason: string): SignInRefused {
  return new SignInRefused("sso-interrupted", { reason });
}

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString("base64url");
}
