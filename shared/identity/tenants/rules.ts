import { Problem } from "../../platform/errors.ts";
import type { Tenant } from "../model.ts";

/** What a tenant's people, or its customers, want to do. `receive`: to take in what comes from outside. */
export type TenantAct = "sign-in" | "send" | "configure" | "receive";

/** What each state allows. Whoever may not sign in can do nothing else by hand either. */
const ALLOWED: Readonly<Record<Tenant["status"], ReadonlySet<TenantAct>>> = {
  trial: new Set(["sign-in", "send", "configure", "receive"]),
  active: new Set(["sign-in", "send", "configure", "receive"]),
  /** Its people read, and answer nobody. */
  suspended: new Set(["sign-in", "receive"]),
  deactivated: new Set(["receive"]),
  erased: new Set(),
};

export function allows({ status }: Pick<Tenant, "status">, act: TenantAct): boolean {
  return ALLOWED[status].has(act);
}

/** Throws `tenant-suspended`, `tenant-deactivated` or `tenant-erased` where the tenant's state does not allow it. */
export function requireTenant(tenant: Pick<Tenant, "status" | "eraseAt">, act: TenantAct): void {
  if (!allows(tenant, act)) throw refusal(tenant);
}

function refusal({ status, eraseAt }: Pick<Tenant, "status" | "eraseAt">): Problem {
  switch (status) {
    case "deactivated":
      return new Problem("tenant-deactivated", { detail: deactivated(eraseAt) });
    case "suspended":
      return new Problem("tenant-suspended", {
        detail:
          "Your organisation is suspended: nothing is sent and no setting can be changed. What customers write is kept. " +
          "Ask whoever runs this installation.",
      });
    default:
      return new Problem("tenant-erased", { detail: "Your organisation and all that it had are erased." });
  }
}

function deactivated(eraseAt: string | undefined): string {
  const until = eraseAt === undefined ? "" : ` until ${eraseAt.slice(0, 10)}, when all of it is erased`;
  return (
    `Your organisation is deactivated, as it is when a trial ends. Nothing is sent; what customers write is kept${until}. ` +
    "Ask whoever runs this installation to activate it, and everything is there again."
  );
}
