import { Notice } from "../model.ts";

export const LINK = "https://cordboard.test/#/verify?token=kNb0zqJt_-9aGm4W&x=1";
const AT = "2026-11-21T09:30:00.000Z";
const EXPIRES = "2026-11-22T08:00:00.000Z";

/** Every notice, with each thing that a person says being `said`. */
export function everyNotice(said: { readonly name?: string; readonly organization?: string; readonly other?: string }) {
  const { name = "Olive", organization = "Blue Bikes", other = "Ann Example" } = said;
  const personal = { name, organization, link: LINK };
  const change = (which: string) => ({ template: "second-factor-changed", ...personal, at: AT, change: which });
  return Notice.array().parse([
    { template: "verify-email", ...personal, expiresAt: EXPIRES },
    { template: "invitation", organization, invitedBy: other, role: other, link: LINK, expiresAt: EXPIRES },
    { template: "password-reset", ...personal, expiresAt: EXPIRES },
    { template: "password-changed", ...personal, at: AT },
    change("enabled"),
    change("disabled"),
    change("recovery-codes-renewed"),
    change("recovery-code-used"),
    { template: "trial-ending", ...personal, days: 7, endsAt: AT },
    { template: "trial-ending", ...personal, days: 1, endsAt: AT },
    { template: "trial-ended", ...personal, endedAt: AT, eraseAt: EXPIRES },
    { template: "tenant-reactivated", ...personal },
    { template: "new-sign-in-provider", ...personal, provider: other, addedBy: other, at: AT },
  ]);
}
