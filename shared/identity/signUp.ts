import { randomBytes } from "node:crypto";
import type { ConfigurationLog } from "../configuration/service.ts";
import { type Caller, ROLE_PERMISSIONS, Role } from "../platform/caller.ts";
import type { Clock } from "../platform/clock.ts";
import type { Directory, DirectoryEntry } from "../platform/directory/directory.ts";
import { create, type Documents } from "../platform/documents/port.ts";
import { Problem } from "../platform/errors.ts";
import { newEvent } from "../platform/events/newEvent.ts";
import { newId, TenantId } from "../platform/ids.ts";
import { type NewSignIn, type SignUp, type Tenant, Tenants, UserEmails } from "./model.ts";
import type { Passwords } from "./passwords.ts";
import { emailId, slugCandidates, slugFrom } from "./rules.ts";
import type { SessionStore } from "./sessions.ts";
import { addCredential, Users } from "./users.ts";

/** A slug without an organisation to show for it, after this many ms, is what a crash left: a sign-up takes seconds. */
const CLAIM_MATURES_AFTER = 5 * 60 * 1000;
const DAY = 24 * 60 * 60 * 1000;

interface SignUpParts {
  readonly documents: Documents;
  readonly log: ConfigurationLog;
  readonly directory: Directory;
  readonly passwords: Passwords;
  readonly sessions: SessionStore;
  readonly clock: Clock;
  readonly trialDays: number;
}

/**
 * The chain of a sign-up: hash, slug, credential, then tenant and owner in one commit (the configuration's first revision), then
 * the sign-in. A crash before the commit leaves a slug that matures to be claimed again and a credential of nobody; a crash
 * after it leaves an organisation to sign in to.
 */
export async function signUp(parts: SignUpParts, request: SignUp): Promise<NewSignIn> {
  const { documents, log, passwords, sessions, clock } = parts;
  const hash = await passwords.hash(request.password);
  const now = clock.now();
  const tenantId = TenantId.parse(newId("ten", now));
  const tenant = newTenant(parts, tenantId, request.organization, await claimSlug(parts, tenantId, request), now);
  const userId = newId("usr", now);
  const sessionId = sessions.newSessionId();
  const credentialId = await addCredential(parts, tenantId, userId, hash);
  const caller: Caller = {
    tenantId,
    actor: { type: "user", userId, role: "owner", sessionId },
    permissions: ROLE_PERMISSIONS.owner,
  };
  const { name, email } = request;
  const { createdAt: _, ...shown } = tenant;
  const owner = { name, email, role: Role.enum.owner, active: true, credentialId };
  await log.write(Users, caller, userId, async ({ revision }) => ({
    value: { ...owner, signInsSince: revision },
    secretsChanged: ["password"],
    operations: [create(Tenants, tenantId, tenant), create(UserEmails, emailId(email), { userId })],
    events: [newEvent(caller, clock, "tenant.signed-up", tenantId, { tenant: shown })],
  }));
  const session = sessions.begin(tenantId, sessionId, userId, 1);
  await documents.forTenant(tenantId).commit("identity", [], [session.operation]);
  return {
    principal: { tenant, userId, user: owner },
    sessionId,
    refreshToken: session.refreshToken,
  };
}

function newTenant({ trialDays }: SignUpParts, id: TenantId, name: string, slug: string, now: Date): Tenant {
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
