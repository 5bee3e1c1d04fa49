import { randomBytes } from "node:crypto";
import type { User } from "../configuration/kinds.ts";
import { type Caller, ROLE_PERMISSIONS, Role } from "../platform/caller.ts";
import type { DirectoryEntry } from "../platform/directory/directory.ts";
import { create } from "../platform/documents/port.ts";
import { Problem } from "../platform/errors.ts";
import { newEvent } from "../platform/events/newEvent.ts";
import { derivedId, newId, TenantId } from "../platform/ids.ts";
import { type Entered, entered } from "./enter.ts";
import { type SignUp, type Tenant, Tenants, UserEmails } from "./model.ts";
import { emailId, slugCandidates, slugFrom } from "./rules.ts";
import { type SignInParts, signIn } from "./signIn.ts";
import { Users, writeCredential } from "./users.ts";

/** A slug without an organisation to show for it, after this many ms, is what a crash left: a sign-up takes seconds. */
const CLAIM_MATURES_AFTER = 5 * 60 * 1000;
const DAY = 24 * 60 * 60 * 1000;

interface SignUpParts extends SignInParts {
  readonly trialDays: number;
}

/** Whence a sign-up comes. */
export interface SignUpOrigin {
  readonly address: string;
  /** Of the client's: a second request under it finds the organisation that the first has made. */
  readonly idempotencyKey: string | undefined;
}

/**
 * The chain of a sign-up: hash, slug, credential, then tenant and owner in one commit (the configuration's first revision), then
 * the sign-in. A crash before the commit leaves a slug that matures to be claimed again and a credential of nobody; a crash
 * after it leaves an organisation to sign in to, which a repetition under the same key does.
 */
export async function signUp(parts: SignUpParts, request: SignUp, origin: SignUpOrigin): Promise<Entered> {
  const { documents, passwords, sessions, clock } = parts;
  const { tenantId, userId } = idsFor(request, origin.idempotencyKey, clock.now());
  const store = documents.forTenant(tenantId);
  const known = origin.idempotencyKey === undefined ? undefined : await store.read(Tenants, [], tenantId);
  if (known !== undefined) return signInTo(parts, known.value, request, origin);
  const hash = await passwords.hash(request.password);
  const tenant = newTenant(parts, tenantId, request.organization, await claimSlug(parts, tenantId, request));
  const sessionId = sessions.newSessionId();
  const user = await commitOwner(parts, { tenant, userId, sessionId, hash }, request);
  if (user === undefined) return signInTo(parts, tenant, request, origin);
  const session = sessions.begin(tenantId, sessionId, userId, user.signInsSince);
  await store.commit("identity", [], [session.operation]);
  return entered(parts, { principal: { tenant, userId, user }, sessionId, refreshToken: session.refreshToken });
}

/** To what an earlier request under the same key has made. */
async function signInTo(
  parts: SignUpParts,
  { slug }: Tenant,
  { email, password }: SignUp,
  { address }: SignUpOrigin,
): Promise<Entered> {
  const outcome = await signIn(parts, { tenant: slug, email, password }, address);
  if ("challenge" in outcome)
    throw new Problem("conflict", { detail: "Your organisation has been made already. Sign in to it." });
  return outcome;
}

function idsFor({ slug = "", organization, email }: SignUp, key: string | undefined, now: Date) {
  if (key === undefined) return { tenantId: TenantId.parse(newId("ten", now)), userId: newId("usr", now) };
  const tenantId = TenantId.parse(derivedId("ten", key, slug, organization, email));
  return { tenantId, userId: derivedId("usr", tenantId) };
}

interface NewOwner {
  readonly tenant: Tenant;
  readonly userId: string;
  readonly sessionId: string;
  readonly hash: string;
}

/** Tenant and owner in one commit; undefined where the same sign-up, made twice at once, was quicker. */
async function commitOwner(
  { documents, log, clock }: SignUpParts,
  { tenant, userId, sessionId, hash }: NewOwner,
  { name, email }: SignUp,
): Promise<User | undefined> {
  const tenantId = tenant.id;
  const actor = { type: "user", userId, role: "owner", sessionId } as const;
  const caller: Caller = { tenantId, actor, permissions: ROLE_PERMISSIONS.owner };
  const credentialId = newId("crd", clock.now());
  const { createdAt: _, ...shown } = tenant;
  const owner = { name, email, role: Role.enum.owner, active: true, credentialId };
  try {
    const { item } = await log.write(Users, caller, userId, async ({ current, revision }) => {
      if (current !== undefined) throw new SignedUpAlready("By a twin of this request");
      await writeCredential({ documents }, tenantId, credentialId, { userId, hash, revision });
      return {
        value: { ...owner, signInsSince: revision },
        secretsChanged: ["password"],
        operations: [create(Tenants, tenantId, tenant), create(UserEmails, emailId(email), { userId })],
        events: [newEvent(caller, clock, "tenant.signed-up", tenantId, { tenant: shown })],
      };
    });
    return item?.value;
  } catch (error) {
    if (error instanceof SignedUpAlready) return undefined;
    throw error;
  }
}

class SignedUpAlready extends Error {
  override readonly name = "SignedUpAlready";
}

function newTenant({ trialDays, clock }: SignUpParts, id: TenantId, name: string, slug: string): Tenant {
  const now = clock.now();
  const trialEndsAt = new Date(now.getTime() + trialDays * DAY).toISOString();
  return { id, name, slug, status: "trial", trialEndsAt, createdAt: now.toISOString() };
}

async function claimSlug(parts: SignUpParts, tenantId: TenantId, { slug, organization }: SignUp): Promise<string> {
  const { directory, clock } = parts;
  const derived = slugCandidates(slugFrom(organization), randomBytes(3).toString("hex"));
  for (const candidate of slug === undefined ? derived : [slug]) {
    const entry = { tenantId, claimedAt: clock.now().toISOString() };
    if (await directory.claim("slug", candidate, entry, (holder) => isAbandoned(parts, holder))) return candidate;
  }
  throw new Problem("slug-taken", {
    detail: "Another organisation has this name in its address. Choose another.",
    errors: [{ path: "body.slug", message: "Taken" }],
  });
}

async function isAbandoned(
  { documents, clock }: SignUpParts,
  { tenantId, claimedAt }: DirectoryEntry,
): Promise<boolean> {
  if (claimedAt === undefined || clock.now().getTime() - Date.parse(claimedAt) < CLAIM_MATURES_AFTER) return false;
  return (await documents.forTenant(tenantId).read(Tenants, [], tenantId)) === undefined;
}
