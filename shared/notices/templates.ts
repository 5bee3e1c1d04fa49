import { type Line, line } from "./line.ts";
import type { Notice } from "./model.ts";
import { type Description, type Rendered, render } from "./render.ts";

/** A notice in words: subject, text and HTML that say the same. What people wrote is escaped, on one line and shortened. */
export function inWords(notice: Notice): Rendered {
  return render(describe(notice));
}

type Of<T extends Notice["template"]> = Extract<Notice, { template: T }>;

function describe(notice: Notice): Description {
  switch (notice.template) {
    case "verify-email":
      return verifyEmail(notice);
    case "invitation":
      return invitation(notice);
    case "password-reset":
      return passwordReset(notice);
    case "password-changed":
      return passwordChanged(notice);
    case "second-factor-changed":
      return secondFactorChanged(notice);
    case "trial-ending":
      return trialEnding(notice);
    case "trial-ended":
      return trialEnded(notice);
    case "tenant-reactivated":
      return tenantReactivated(notice);
    case "new-sign-in-provider":
      return newSignInProvider(notice);
  }
}

const times = new Intl.DateTimeFormat("en-GB", {
  timeZone: "UTC",
  day: "numeric",
  month: "long",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

/** E.g. `12 November 2026 at 14:05 UTC`: readers may be anywhere. */
function moment(at: string): string {
  return `${times.format(new Date(at))} UTC`;
}

const hello = ({ name }: { readonly name: string }): Line => line`Hello ${name},`;
const worksUntil = (at: string): Line => line`The link works once, until ${moment(at)}.`;
const becauseOfAccount = ({ organization }: { readonly organization: string }): Line =>
  line`Cordboard sent you this because you have an account at ${organization}. Answers to this address are not read.`;

function verifyEmail(notice: Of<"verify-email">): Description {
  const { organization, link, expiresAt } = notice;
  return {
    subject: line`Confirm your e-mail address for ${organization}`,
    paragraphs: [
      hello(notice),
      line`This address was given for an account at ${organization} on Cordboard. Please confirm that it is yours.`,
    ],
    button: { label: "Confirm this address", link },
    after: [worksUntil(expiresAt), line`If you know nothing of this, do nothing: without you it stays unconfirmed.`],
    because: line`Cordboard sent you this because somebody gave this address at ${organization}. Answers to this address are not read.`,
  };
}

function invitation({ organization, invitedBy, role, link, expiresAt }: Of<"invitation">): Description {
  return {
    subject: line`${invitedBy} invites you to ${organization}`,
    paragraphs: [
      line`Hello,`,
      line`${invitedBy} invites you to work at ${organization} on Cordboard, where people answer their customers together. Your role will be: ${role}.`,
    ],
    button: { label: "Accept the invitation", link },
    after: [
      worksUntil(expiresAt),
      line`If you do not know ${organization}, do nothing: the invitation then runs out by itself.`,
    ],
    because: line`Cordboard sent you this because ${invitedBy} gave this address. Answers to this address are not read.`,
  };
}

function passwordReset(notice: Of<"password-reset">): Description {
  const { organization, link, expiresAt } = notice;
  return {
    subject: line`Choose a new password for ${organization}`,
    paragraphs: [
      hello(notice),
      line`Somebody, most likely you, asked for a new password for your account at ${organization}.`,
    ],
    button: { label: "Choose a new password", link },
    after: [worksUntil(expiresAt), line`If it was not you, do nothing: your password stays as it is.`],
    because: becauseOfAccount(notice),
  };
}

function passwordChanged(notice: Of<"password-changed">): Description {
  const { organization, at, link } = notice;
  return {
    subject: line`Your password for ${organization} was changed`,
    paragraphs: [
      hello(notice),
      line`The password of your account at ${organization} was changed on ${moment(at)}. All other sign-ins have ended.`,
      line`If it was you, there is nothing to do. If it was not, choose a new password now, and tell those who administer ${organization}.`,
    ],
    button: { label: "Choose a new password", link },
    after: [],
    because: becauseOfAccount(notice),
  };
}

function secondFactorChanged(notice: Of<"second-factor-changed">): Description {
  const { organization, link } = notice;
  const { subject, happened } = secondFactorChange(notice);
  return {
    subject,
    paragraphs: [
      hello(notice),
      happened,
      line`If it was you, there is nothing to do. If it was not, change your password now, and tell those who administer ${organization}.`,
    ],
    button: { label: "Open your security settings", link },
    after: [],
    because: becauseOfAccount(notice),
  };
}

function secondFactorChange({ organization, change, at }: Of<"second-factor-changed">): {
  readonly subject: Line;
  readonly happened: Line;
} {
  const time = moment(at);
  switch (change) {
    case "enabled":
      return {
        subject: line`Your account at ${organization} has a second factor now`,
        happened: line`Since ${time}, signing in to your account at ${organization} takes a code from your authenticator app as well.`,
      };
    case "disabled":
      return {
        subject: line`Your account at ${organization} has no second factor any more`,
        happened: line`Since ${time}, your account at ${organization} is without a second factor: the password alone opens it.`,
      };
    case "recovery-codes-renewed":
      return {
        subject: line`New recovery codes for your account at ${organization}`,
        happened: line`On ${time}, new recovery codes were made for your account at ${organization}. Earlier ones no longer work.`,
      };
    case "recovery-code-used":
      return {
        subject: line`A recovery code of your account at ${organization} was used`,
        happened: line`On ${time}, one of your recovery codes was used to sign in to your account at ${organization}. It works no more.`,
      };
  }
}

function trialEnding(notice: Of<"trial-ending">): Description {
  const { organization, days, endsAt, link } = notice;
  return {
    subject:
      days === 1
        ? line`The trial of ${organization} ends in one day`
        : line`The trial of ${organization} ends in ${days} days`,
    paragraphs: [
      hello(notice),
      line`The trial of ${organization} ends on ${moment(endsAt)}. From then on nobody can sign in and nothing is sent. What customers write is still kept.`,
      line`To go on without a break, choose a plan before then.`,
    ],
    button: { label: "See the plans", link },
    after: [],
    because: becauseOfAccount(notice),
  };
}

function trialEnded(notice: Of<"trial-ended">): Description {
  const { organization, endedAt, eraseAt, link } = notice;
  return {
    subject: line`The trial of ${organization} has ended`,
    paragraphs: [
      hello(notice),
      line`The trial of ${organization} ended on ${moment(endedAt)}. Nobody can sign in now and nothing is sent. What customers write is still kept.`,
      line`Choose a plan and everything is there again as it was. After ${moment(eraseAt)} all of it is erased, and nothing brings it back.`,
    ],
    button: { label: "Go on with Cordboard", link },
    after: [],
    because: becauseOfAccount(notice),
  };
}

function tenantReactivated(notice: Of<"tenant-reactivated">): Description {
  const { organization, link } = notice;
  return {
    subject: line`${organization} is active again`,
    paragraphs: [
      hello(notice),
      line`${organization} is active again on Cordboard. Everybody can sign in, messages are sent, and nothing was lost; what customers wrote meanwhile is waiting.`,
    ],
    button: { label: "Sign in", link },
    after: [],
    because: becauseOfAccount(notice),
  };
}

function newSignInProvider(notice: Of<"new-sign-in-provider">): Description {
  const { organization, provider, addedBy, at, link } = notice;
  return {
    subject: line`A new way to sign in to ${organization}`,
    paragraphs: [
      hello(notice),
      line`On ${moment(at)}, ${addedBy} set up ${provider} as a way to sign in to ${organization}. Whoever ${provider} vouches for can come in.`,
      line`If nobody at ${organization} meant to do this, remove it now.`,
    ],
    button: { label: "Open the sign-in settings", link },
    after: [],
    because: becauseOfAccount(notice),
  };
}
