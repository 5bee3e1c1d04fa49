import {
  type Edit,
  type Identified,
  type KindRules,
  loggedKind,
  type Standing,
  type Write,
} from "../../configuration/model.ts";
import type { TenantStore } from "../../platform/documents/port.ts";
import { type FieldError, Problem } from "../../platform/errors.ts";
import type { TenantId } from "../../platform/ids.ts";
import type { Secrets } from "../../platform/secrets/port.ts";
import { isRole } from "../people/rights.ts";
import { type ShownSignInProvider, SignInProvider, type SignInProviderInput } from "./model.ts";

export const SignInProviderItems = loggedKind("sign-in-providers", SignInProvider, ({ secrets: _, ...open }) => open);

/** Ties a ciphertext to its place, so that it opens nowhere else. */
export function secretContext(tenantId: TenantId, providerId: string, field: "clientSecret"): string {
  return `${tenantId}|${SignInProviderItems.name}|${providerId}|${field}`;
}

/** Whose people anybody can become who asks for it: an account there says nothing. */
const OPEN_TO_ALL: ReadonlySet<string> = new Set([
  "https://accounts.google.com",
  "https://appleid.apple.com",
  "https://www.facebook.com",
  "https://www.linkedin.com/oauth",
  // Microsoft's personal accounts.
  "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
]);

interface ProviderRulesDependencies {
  readonly secrets: Secrets;
  /** What to register at a provider of OpenID Connect. */
  readonly redirectUri: string;
}

/**
 * Kind `sign-in-providers`. Owners alone change it: whoever says who somebody is can become anybody. A provider that is gone
 * leaves its people their accounts, and the links by which it would know them again.
 */
export function signInProviderRules(
  dependencies: ProviderRulesDependencies,
): KindRules<SignInProviderInput, SignInProvider, ShownSignInProvider> {
  return {
    kind: SignInProviderItems,
    writePermission: "tenant.manage",
    put: (write, input) => {
      const plan = new ProviderWrite(dependencies.secrets, write, input);
      return (standing) => plan.edit(standing);
    },
    remove: () => async () => ({ value: undefined }),
    settle: async () => undefined,
    show: async (_tenantId, items) => items.map((item) => shown(item, dependencies)),
  };
}

/** One PUT: the secret is encrypted once, however often the decision is taken. */
class ProviderWrite {
  readonly #secrets: Secrets;
  readonly #write: Write;
  readonly #input: SignInProviderInput;
  #encrypted: Promise<string> | undefined;

  constructor(secrets: Secrets, write: Write, input: SignInProviderInput) {
    this.#secrets = secrets;
    this.#write = write;
    this.#input = input;
  }

  async edit({ store, current }: Standing<SignInProvider>): Promise<Edit<SignInProvider>> {
    checkPeople(this.#input);
    await checkRoles(store, this.#input);
    const { clientSecret: plain, ...open } = this.#input;
    if (plain === undefined && current?.issuer !== open.issuer)
      throw refused({
        path: "body.clientSecret",
        message: current === undefined ? "Required on creation" : "Another issuer needs its own secret",
      });
    const clientSecret = plain === undefined ? current?.secrets.clientSecret : await this.#encrypt(plain);
    if (clientSecret === undefined) throw new Problem("internal");
    return {
      value: { ...open, secrets: { clientSecret } },
      secretsChanged: plain === undefined ? [] : ["clientSecret"],
    };
  }

  #encrypt(plain: string): Promise<string> {
    const { caller, id } = this.#write;
    this.#encrypted ??= this.#secrets.encrypt(plain, secretContext(caller.tenantId, id, "clientSecret"));
    return this.#encrypted;
  }
}

function checkPeople(input: SignInProviderInput): void {
  const { issuer, createUsers, linkByEmail, allowedDomains, roleMap, roleClaim } = input;
  const needsDomains = (message: string) => refused({ path: "body.allowedDomains", message });
  if (allowedDomains.length === 0 && linkByEmail)
    throw needsDomains("Name the domains of your organisation, if an address is to say who somebody is.");
  if (allowedDomains.length === 0 && createUsers && OPEN_TO_ALL.has(issuer.replace(/\/$/, "")))
    throw needsDomains("Anybody can have an account at this provider. Name the domains of your organisation.");
  if (roleMap.length > 0 && roleClaim === undefined)
    throw refused({ path: "body.roleClaim", message: "Say where the provider names roles" });
}

async function checkRoles(store: TenantStore, { defaultRole, roleMap }: SignInProviderInput): Promise<void> {
  const unknown = (path: string) => refused({ path: `body.${path}`, message: "There is no such role" });
  if (!(await isRole(store, defaultRole))) throw unknown("defaultRole");
  const checked = new Set([defaultRole]);
  for (const [index, { role }] of roleMap.entries()) {
    if (!checked.has(role) && !(await isRole(store, role))) throw unknown(`roleMap.${index}.role`);
    checked.add(role);
  }
}

function refused(error: FieldError): Problem {
  return new Problem("invalid-request", { errors: [error] });
}

function shown(
  { id, revision, updatedAt, value }: Identified<SignInProvider>,
  { redirectUri }: ProviderRulesDependencies,
): ShownSignInProvider {
  return { ...value, id, revision, updatedAt, secrets: { clientSecret: true }, redirectUri };
}
