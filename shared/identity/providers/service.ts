import type { KindRules } from "../../configuration/model.ts";
import type { HashAddress } from "../../platform/addressHash.ts";
import type { Directory } from "../../platform/directory/directory.ts";
import { Problem } from "../../platform/errors.ts";
import type { TenantId } from "../../platform/ids.ts";
import type { Secrets } from "../../platform/secrets/port.ts";
import type { Telemetry } from "../../platform/telemetry/port.ts";
import type { Entered, Newcomer, Proof, SignInMethod } from "../enter.ts";
import { Tenants } from "../model.ts";
import type { Refusals } from "../refusals/refusals.ts";
import { NOBODYS_TENANT } from "../rules.ts";
import type { Challenge } from "../secondFactor/model.ts";
import { allows, requireTenant } from "../tenants/rules.ts";
import { type AdmitParts, admit, type Entrance } from "./admit.ts";
import { type SignInFailure, SignInRefused } from "./failures.ts";
import { SignInProviderItems, secretContext, signInProviderRules } from "./kind.ts";
import type {
  Arrival,
  OfferedProvider,
  OidcProvider,
  ShownSignInProvider,
  SignInProvider,
  SignInProviderInput,
} from "./model.ts";

export interface SignInProvidersDependencies extends AdmitParts {
  readonly directory: Directory;
  readonly secrets: Secrets;
  readonly hashAddress: HashAddress;
  readonly refusals: Refusals;
  readonly telemetry: Telemetry;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  /** See enter.ts. */
  readonly finishSignIn: (newcomer: Newcomer, proof: Proof) => Promise<Entered | Challenge>;
}

/** Buttons on one sign-in page. */
const MAX_OFFERED = 50;

/** An attempt that came to nothing, as far as it is known whose it was. */
export interface Attempt {
  readonly tenantId?: TenantId | undefined;
  readonly providerId?: string | undefined;
  /** The client's. */
  readonly address: string;
}

/** By whom else an organisation's people sign in, whatever the provider speaks: the settings, and the way in. */
export class SignInProviders {
  /** Kind `sign-in-providers`, for the configuration context. */
  readonly rules: KindRules<SignInProviderInput, SignInProvider, ShownSignInProvider>;
  /** Where a provider of OpenID Connect sends people back to. */
  readonly redirectUri: string;
  readonly #dependencies: SignInProvidersDependencies;

  constructor(dependencies: SignInProvidersDependencies) {
    const { secrets, publicUrl } = dependencies;
    this.#dependencies = dependencies;
    this.redirectUri = `${publicUrl}/api/auth/oidc/callback`;
    this.rules = signInProviderRules({ secrets, redirectUri: this.redirectUri });
  }

  /** The buttons of an organisation's sign-in page, by name; none for one that there is not, after the same reads. */
  async offered(slug: string): Promise<readonly OfferedProvider[]> {
    const { directory, log } = this.#dependencies;
    const tenantId = (await directory.find("slug", slug))?.tenantId ?? NOBODYS_TENANT;
    const { items } = await log.list(SignInProviderItems, tenantId, { limit: MAX_OFFERED });
    return items
      .map(({ id, value: { type, name } }) => ({ id, type, name }))
      .toSorted((a, b) => a.name.localeCompare(b.name));
  }

  /** Throws `SignInRefused` where there is no such organisation or provider. */
  async entrance(slug: string, providerId: string): Promise<Entrance> {
    const entry = await this.#dependencies.directory.find("slug", slug);
    if (entry === undefined) throw new SignInRefused("sso-unknown", { reason: "unknown-organization" });
    return this.entranceOf(entry.tenantId, providerId);
  }

  /** The same by the organisation's id. */
  async entranceOf(tenantId: TenantId, providerId: string): Promise<Entrance> {
    const provider = await this.read(tenantId, providerId);
    if (provider === undefined) throw new SignInRefused("sso-unknown", { reason: "unknown-provider" });
    return { tenantId, providerId, provider };
  }

  /** Undefined where there is none. */
  async read(tenantId: TenantId, providerId: string): Promise<SignInProvider | undefined> {
    return (await this.#dependencies.log.read(SignInProviderItems, tenantId, providerId))?.value;
  }

  clientSecret({ tenantId, providerId, provider }: Entrance<OidcProvider>): Promise<string> {
    const context = secretContext(tenantId, providerId, "clientSecret");
    return this.#dependencies.secrets.decrypt(provider.secrets.clientSecret, context);
  }

  /** Lets in whom a provider has sent, as the user that they are here. Throws `SignInRefused`. */
  async enter(
    entrance: Entrance,
    arrival: Arrival,
    method: SignInMethod,
    address: string,
  ): Promise<Entered | Challenge> {
    const { tenantId, provider } = entrance;
    const tenant = (await this.#dependencies.documents.forTenant(tenantId).read(Tenants, [], tenantId))?.value;
    if (tenant === undefined) throw new SignInRefused("organization-inactive");
    requireTenant(tenant, "sign-in");
    const { userId, user } = await admit(this.#dependencies, entrance, arrival, allows(tenant, "configure"));
    const { countsAsSecondFactor } = provider;
    const proof = { methods: [method], address, countsAsSecondFactor };
    return this.#dependencies.finishSignIn({ tenant, userId, user }, proof);
  }

  /** Logs and counts an attempt that came to nothing; answers what the sign-in page says. Never throws. */
  async refuse(error: unknown, { tenantId, providerId, address }: Attempt): Promise<SignInFailure> {
    const refused = error instanceof SignInRefused ? error : unforeseen(error);
    const { failure, reason, userId, cause } = refused;
    const { telemetry, refusals, hashAddress } = this.#dependencies;
    const isOurs = failure === "sso-unavailable";
    telemetry.log(isOurs ? "error" : "info", "sign-in by a provider refused", {
      ...(tenantId === undefined ? {} : { tenantId }),
      ...(providerId === undefined ? {} : { operation: providerId }),
      ...(userId === undefined ? {} : { userId }),
      code: failure,
      reason,
      ...(cause === undefined ? {} : { error: cause }),
    });
    if (tenantId === undefined || isOurs) return failure;
    const addressHash = await hashAddress(address).catch(() => undefined);
    await refusals.note(tenantId, { account: `provider ${providerId} ${userId ?? ""}`, userId, reason, addressHash });
    return failure;
  }
}

/** What the tenant's state does not allow, or a fault of this installation's own or of what it stands on. */
function unforeseen(error: unknown): SignInRefused {
  const reason = error instanceof Problem ? error.code : "internal";
  if (reason.startsWith("tenant-")) return new SignInRefused("organization-inactive", { reason });
  return new SignInRefused("sso-unavailable", { reason, cause: error });
}
