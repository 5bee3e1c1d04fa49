import type { MessageError } from "../../conversations/model.ts";
import { isObject, type RawObject, textOf } from "./raw.ts";

/** What follows from a provider's error code: for the message, and for the channel's health. */
export interface ErrorRule {
  /** `later`: surely not sent, try again by itself. `refused`: shown on the message, a person decides. */
  readonly outcome: "later" | "refused";
  /** For `later`; seconds. */
  readonly retryAfterSeconds?: number;
  readonly remedy: MessageError["remedy"];
  /** For the agent: what happened, and what to do. */
  readonly words: string;
  readonly health?: "failing" | "paused";
}

const later = (retryAfterSeconds: number, words: string): ErrorRule => ({
  outcome: "later",
  retryAfterSeconds,
  remedy: "retry",
  words,
});
const refused = (remedy: MessageError["remedy"], words: string): ErrorRule => ({ outcome: "refused", remedy, words });
const fixChannel = (words: string, health?: "failing" | "paused"): ErrorRule =>
  health === undefined ? refused("fix-channel", words) : { ...refused("fix-channel", words), health };

const TOKEN =
  "WhatsApp no longer accepts this channel's access token. Ask an admin to enter a new one, then send it again.";
const PERMISSION = "This channel's access token may not send from this number. Ask an admin to check its permissions.";
const BUSY = "WhatsApp had a fault of its own.";
const TEMPLATE_FILL =
  "The template and what was filled in do not match. Choose the template again and fill in every field.";
const TEMPLATE_OFF = "This template cannot be sent at the moment. Choose another one.";

/**
 * By code, from Meta's list of Cloud API error codes. Branching on codes only: titles are to vanish. A code in the 200s
 * is a missing permission; one that is not here is shown with its number.
 */
const RULES: ReadonlyMap<number, ErrorRule> = new Map([
  [0, fixChannel(TOKEN, "failing")],
  [190, fixChannel(TOKEN, "failing")],
  [3, fixChannel(PERMISSION)],
  [10, fixChannel(PERMISSION)],
  [131005, fixChannel(PERMISSION)],
  [1, later(10, BUSY)],
  [2, later(10, BUSY)],
  [131000, later(10, BUSY)],
  [131016, later(15, BUSY)],
  [135000, refused("retry", "WhatsApp could not send this message. Try it again, or write it differently.")],
  [4, later(60, "Too many requests were made for this account. WhatsApp takes more in a minute.")],
  [80007, later(60, "This account has sent more than WhatsApp takes in an hour. It is tried again by itself.")],
  [130429, later(5, "This number is sending faster than WhatsApp allows. It is tried again by itself.")],
  [131056, later(6, "Too many messages went to this person in a short time. It is tried again by itself.")],
  [131057, later(300, "WhatsApp is doing maintenance on this account. It is tried again by itself.")],
  [
    131048,
    {
      ...refused(
        "fix-channel",
        "WhatsApp holds this number back after complaints about its messages. Wait, and ask an admin to look at its quality rating.",
      ),
      health: "paused",
    },
  ],
  [131049, refused("none", "WhatsApp limits marketing messages to this person. Try again tomorrow at the earliest.")],
  [131050, refused("none", "This person has asked for no more marketing messages from you.")],
  [130472, refused("none", "WhatsApp does not deliver marketing messages to this person at the moment.")],
  [
    131026,
    refused(
      "contact-elsewhere",
      "WhatsApp could not deliver this. The person may not use WhatsApp, or use an old version of it. Reach them another way.",
    ),
  ],
  [131021, refused("contact-elsewhere", "The number you write to is your own.")],
  [
    131030,
    refused("fix-channel", "This test number may only write to numbers on its list. Ask an admin to add this one."),
  ],
  [
    131047,
    refused("use-template", "More than 24 hours have passed since this person last wrote. Send a template instead."),
  ],
  [131051, refused("none", "WhatsApp does not support this kind of message.")],
  [131052, refused("none", "The file could not be fetched from WhatsApp. Ask the person to send it again.")],
  [131053, refused("none", "WhatsApp could not take this file. Check its type and size, or send another one.")],
  [131060, refused("none", "WhatsApp cannot show this message. Ask the person to send it again.")],
  [100, refused("none", "WhatsApp refused something in this message.")],
  [131008, refused("none", "WhatsApp misses something in this message.")],
  [131009, refused("none", "WhatsApp refused something in this message.")],
  [33, fixChannel("WhatsApp does not know this number any more. Ask an admin to check the channel.", "failing")],
  [
    133010,
    fixChannel(
      "This number is not registered with WhatsApp. Ask an admin to register it, then send it again.",
      "failing",
    ),
  ],
  [131031, fixChannel("WhatsApp has locked this account. Ask an admin to look in WhatsApp Manager.", "failing")],
  [131042, fixChannel("WhatsApp has a problem with this account's payment. Ask an admin to settle it.", "failing")],
  [131045, fixChannel("This number is not set up completely. Ask an admin to register it again.", "failing")],
  [131037, fixChannel("WhatsApp has not approved this number's display name yet.")],
  [
    368,
    fixChannel(
      "WhatsApp has blocked this account for a time because of its policies. Ask an admin to look in WhatsApp Manager.",
      "failing",
    ),
  ],
  [130497, refused("contact-elsewhere", "WhatsApp does not let this account write to people in that country.")],
  [132000, refused("use-template", TEMPLATE_FILL)],
  [132012, refused("use-template", TEMPLATE_FILL)],
  [132018, refused("use-template", TEMPLATE_FILL)],
  [132005, refused("use-template", "The template becomes too long with what was filled in. Shorten it.")],
  [
    132001,
    refused("use-template", "This template does not exist in this language, or is not approved. Choose another one."),
  ],
  [132007, refused("use-template", TEMPLATE_OFF)],
  [132015, refused("use-template", "WhatsApp has paused this template for its quality. Choose another one.")],
  [132016, refused("use-template", "WhatsApp has disabled this template for good. Choose another one.")],
  [132068, refused("use-template", TEMPLATE_OFF)],
  [132069, later(60, "WhatsApp slows this template's form down. It is tried again by itself.")],
]);

/** The rule for a code; codes nobody has listed are refused, in words that name them. */
export function ruleFor(code: number): ErrorRule {
  const known = RULES.get(code);
  if (known !== undefined) return known;
  if (code >= 200 && code <= 299) return fixChannel(PERMISSION);
  return refused("retry", `WhatsApp refused this message (code ${code}). Try it again, or ask an admin.`);
}

/** The error for a message, from the code alone. */
export function errorFor(code: number): MessageError {
  const { remedy, words } = ruleFor(code);
  return { code: `whatsapp:${code}`, message: words, remedy };
}

/** A provider's error object (of a status, or of an answer) as the error of a message. */
export function messageErrorOf(error: RawObject | undefined): MessageError {
  const code = codeOf(error);
  if (code !== undefined) return errorFor(code);
  return {
    code: "whatsapp:unknown",
    message: "WhatsApp did not send this message, and did not say why.",
    remedy: "retry",
  };
}

/** The whole number in `code`, or undefined. */
export function codeOf(error: unknown): number | undefined {
  const text = isObject(error) ? textOf(error.code, 10) : undefined;
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
