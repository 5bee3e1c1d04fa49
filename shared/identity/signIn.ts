import type { ConfigurationLog } from "../configuration/service.ts";
import type { Directory } from "../platform/directory/directory.ts";
import { CommitRejected, replace, type Stored } from "../platform/documents/port.ts";
import { Problem } from "../platform/errors.ts";
import { derivedId, TenantId } from "../platform/ids.ts";
import { takeAttempt } from "./attempts.ts";
import { type Entered, type EnterParts, finishSignIn } from "./enter.ts";
import { type Credential, Credentials, type Login, Tenants, UserEmails } from "./model.ts";
import type { Passwords } from "./passwords/hashing.ts";
import { accountId, emailId } from "./rules.ts";
import type { Challenge } from "./secondFactor/model.ts";
import { Users } from "./users.ts";

/** Stands in for organisations that do not exist, so that trying one costs the same reads and writes. Never has users. */
const NOBODYS_TENANT = TenantId.parse(derivedId("ten", "nobody"));
const NOBODY = "nobody";

export interface SignInParts extends EnterParts {
  readonly log: ConfigurationLog;
  readonly directory: Directory;
  readonly passwords: Passwords;
}

/** See `Identity.signIn`. Nothing before the hash may branch on what exists: each path makes the same look-ups. */
export async function signIn(parts: SignInParts, request: Login, address: string): Promise<Entered | Challenge> {
  const { documents, directory, passwords, clock } = parts;
  const tenantId = (await directory.find("slug", request.tenant))?.tenantId ?? NOBODYS_TENANT;
  const account = accountId(request.tenant, request.email);
  await takeAttempt(documents.forTenant(tenantId), clock, account, address);
  const { tenant, userId, user, credential } = await lookUp(parts, tenantId, request.email);
  const fits = await passwords.verify(request.password, credential?.value.hash);
  if (
    !fits ||
    credential === undefined ||
    tenant === undefined ||
    user?.active !== true ||
    tenant.status === "deactivated"
  )
    throw new Problem("invalid-credentials", { detail: "Organisation, e-mail address or password are not right." });
  await rehash(parts, tenantId, credential, request.password);
  return finishSignIn(parts, { tenant, userId, user }, { methods: ["password"], address });
}

async function lookUp({ documents, log }: SignInParts, tenantId: TenantId, email: string) {
  const store = documents.forTenant(tenantId);
  const [tenant, found] = await Promise.all([
    store.read(Tenants, [], tenantId),
    store.read(UserEmails, [], emailId(email)),
  ]);
  const userId = found?.value.userId ?? NOBODY;
  const item = await log.read(Users, tenantId, userId);
  const user = found === undefined ? undefined : item?.value;
  const credential = await store.read(Credentials, [], user?.credentialId ?? NOBODY);
  return { tenant: tenant?.value, userId, user, credential };
}

/** Brings a hash made at lower cost up to today's; losing the race to another sign-in is fine. */
async function rehash(
  { documents, passwords }: SignInParts,
  tenantId: TenantId,
  { id, value, etag }: Stored<Credential>,
  password: string,
): Promise<void> {
  if (!passwords.isWeak(value.hash)) return;
  const stronger = replace(Credentials, id, { ...value, hash: await passwords.hash(password) }, etag);
  try {
    await documents.forTenant(tenantId).commit("identity", [], [stronger]);
  } catch (error) {
    if (!(error instanceof CommitRejected)) throw error;
  }
}
