import { z } from "zod";
import type { ChannelTemplate } from "../channel.ts";
import { isObject, objectsIn, type RawObject, textOf } from "./raw.ts";

/** A template as it can be sent, and the names of its parameters where it has names and not numbers. */
export interface KnownTemplate {
  readonly shown: ChannelTemplate;
  readonly parameterNames?: readonly string[];
}

/** Fields asked of GET /{business account id}/message_templates. */
export const TEMPLATE_FIELDS = "name,language,status,category,parameter_format,components";

const Header = z.object({ format: z.literal("TEXT"), text: z.string() });
const CATEGORIES = { MARKETING: "marketing", UTILITY: "utility", AUTHENTICATION: "authentication" } as const;
const Category = z.enum(["MARKETING", "UTILITY", "AUTHENTICATION"]);

/**
 * Templates of one page of Meta's list that this product can send: approved, with a body of text, and with parameters in the
 * body only. One with a picture, or a variable in its header or a button, needs more than text and is left out.
 */
export function readTemplates(page: RawObject): KnownTemplate[] {
  return objectsIn(page.data).flatMap((raw) => {
    const known = readTemplate(raw);
    return known === undefined ? [] : [known];
  });
}

function readTemplate(raw: RawObject): KnownTemplate | undefined {
  const name = textOf(raw.name, 512);
  const language = textOf(raw.language, 15);
  const category = Category.safeParse(raw.category);
  const components = partsOf(raw.components);
  const body = components.get("BODY")?.text;
  if (raw.status !== "APPROVED" || name === undefined || language === undefined) return undefined;
  if (!category.success || typeof body !== "string" || !needsTextOnly(components)) return undefined;
  const { text, parameters } = numbered(body);
  const header = textOf(components.get("HEADER")?.text, 200);
  const footer = textOf(components.get("FOOTER")?.text, 200);
  return {
    shown: {
      name,
      language,
      category: CATEGORIES[category.data],
      body: text,
      ...(header === undefined ? {} : { header }),
      ...(footer === undefined ? {} : { footer }),
      parameterCount: parameters.length,
    },
    ...(raw.parameter_format === "NAMED" ? { parameterNames: parameters } : {}),
  };
}

function partsOf(components: unknown): ReadonlyMap<string, RawObject> {
  return new Map(objectsIn(components).map((part) => [(textOf(part.type, 64) ?? "").toUpperCase(), part]));
}

const KNOWN_PARTS = new Set(["HEADER", "BODY", "FOOTER", "BUTTONS"]);
/** Buttons that take nothing from whoever sends. */
const PLAIN_BUTTONS = new Set(["QUICK_REPLY", "PHONE_NUMBER", "URL", "VOICE_CALL"]);

function needsTextOnly(parts: ReadonlyMap<string, RawObject>): boolean {
  const header = parts.get("HEADER");
  const parsed = header === undefined ? undefined : Header.safeParse(header);
  const plainHeader = parsed === undefined || (parsed.success && !parsed.data.text.includes("{{"));
  const plainButtons = objectsIn(parts.get("BUTTONS")?.buttons).every(
    ({ type, url }) => typeof type === "string" && PLAIN_BUTTONS.has(type) && !String(url ?? "").includes("{{"),
  );
  return plainHeader && plainButtons && [...parts.keys()].every((part) => KNOWN_PARTS.has(part));
}

/** The body with `{{1}}`, `{{2}}` … in order of appearance, and what stood there; one that appears twice is one. */
function numbered(body: string): { text: string; parameters: string[] } {
  const parameters: string[] = [];
  const places = /\{\{\s*(\w{1,100})\s*\}\}/g;
  const names = [...new Set([...body.matchAll(places)].map((match) => match[1] ?? ""))];
  // Numbers keep their own order: {{2}} may stand before {{1}}.
  if (names.every((name) => /^\d+$/.test(name))) names.sort((a, b) => Number(a) - Number(b));
  parameters.push(...names);
  return { text: body.replace(places, (_, name: string) => `{{${parameters.indexOf(name) + 1}}}`), parameters };
}

/** The cursor of the next page, or undefined on the last. */
export function nextPage(page: RawObject): string | undefined {
  const paging = isObject(page.paging) ? page.paging : {};
  const cursors = isObject(paging.cursors) ? paging.cursors : {};
  return textOf(paging.next, 4096) === undefined ? undefined : textOf(cursors.after, 1024);
}
