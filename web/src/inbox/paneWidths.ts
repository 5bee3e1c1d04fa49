import { rememberedStore } from "../ui/remembered.ts";

interface Limits {
  readonly least: number;
  readonly most: number;
}

export const LIST_LIMITS: Limits = { least: 260, most: 480 };
export const CONTACT_LIMITS: Limits = { least: 240, most: 440 };

export function within(limits: Limits, width: number): number {
  return Math.round(Math.min(limits.most, Math.max(limits.least, width)));
}

function widthStore(name: string, usual: number, limits: Limits) {
  return rememberedStore(name, (text) => within(limits, Number(text) > 0 ? Number(text) : usual));
}

/** Pixels, as this browser remembers them. */
export const listWidth = widthStore("list-width", 330, LIST_LIMITS);
export const contactWidth = widthStore("contact-width", 290, CONTACT_LIMITS);
export const contactShown = rememberedStore<boolean>("contact-shown", (text) => text !== "false");
