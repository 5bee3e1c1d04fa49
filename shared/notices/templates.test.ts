import { describe, expect, it } from "vitest";
import { inWords } from "./templates.ts";
import { everyNotice, LINK } from "./testing/notices.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
};

/** What a mail program shows of HTML: the words of its cells, one below the other. */
function wordsOf(html: string): string[] {
  const body = html.slice(html.indexOf("<body"));
  const lines = body.replace(/<\/(td|table)>/g, "\n").replace(/<[^>]+>/g, "");
  const words = lines.replace(/&(amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? "");
  return words.split("\n").flatMap((each) => (each.trim() === "" ? [] : [each.trim()]));
}

/** What the text says, one line each, without what only text needs. */
function linesOf(text: string): string[] {
  const lines = text
    .replace(/^-- $/m, "")
    .replace(/[\u2068\u2069]/g, "")
    .replace(/:(?=\nhttps)/, "");
  return lines.split("\n").flatMap((each) => (each.trim() === "" ? [] : [each.trim()]));
}

/** Every tag of the mail, with its attributes. */
const tagsOf = (html: string) => html.match(/<[^>]*>/g) ?? [];

const HOSTILE = [
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "</td></table><a href='https://evil.example'>click</a>",
  "<style>*{display:none}</style>",
  "{{constructor}} %s %0d%0aBcc:x@evil.example",
  "a\r\nBcc: victim@evil.example\r\n\r\n<b>body</b>",
  "שלום <עולם>",
  "\u202Ereversed\u202C",
  "&lt;b&gt; &amp;",
  "x".repeat(10_000),
  "<".repeat(10_000),
  "\uD800 half",
];

describe.each(everyNotice({}))("$template", (notice) => {
  it("says the same as text and as HTML", () => {
    const { text, html } = inWords(notice);
    expect(wordsOf(html)).toEqual(linesOf(text));
  });

  it("has its link once to press and once to read, whole, and no other", () => {
    const { html, text } = inWords(notice);
    const links = [...html.matchAll(/(?:href|src|action|background)="([^"]*)"/g)].map(([, link]) => link);
    expect(links).toEqual([LINK.replaceAll("&", "&amp;"), LINK.replaceAll("&", "&amp;")]);
    expect(text.match(/https?:\S+/g)).toEqual([LINK]);
  });

  it("is HTML that mail programs show, light and dark: tables, inline styles, and nothing fetched or run", () => {
    const { html } = inWords(notice);
    expect(html).toMatch(/^<!doctype html>\n<html lang="en" dir="ltr">/);
    expect(html).toContain('<meta name="color-scheme" content="light dark">');
    expect(html).toContain("@media (prefers-color-scheme: dark)");
    expect(html).not.toMatch(/<(img|script|link|iframe|object|form|svg|div|video)\b|url\(|@import|javascript:/i);
    const layout = tagsOf(html).filter((tag) => tag.startsWith("<table"));
    for (const tag of layout) expect(tag).toContain('role="presentation"');
  });

  it("names whoever it concerns, in a subject of one short line", () => {
    const { subject, text } = inWords(notice);
    expect(text).toContain("Blue Bikes");
    expect(`${subject}`).toMatch(/^[^\r\n]{10,120}$/);
    expect(subject).toContain("Blue Bikes");
  });
});

describe.each(HOSTILE)("what %j calls itself", (name) => {
  const plain = everyNotice({});

  it.each(everyNotice({ name, organization: name, other: name }))("is but a name in $template", (notice) => {
    const { subject, text, html } = inWords(notice);
    const quiet = inWords(plain.find((each) => sameKind(each, notice)) ?? notice);
    expect(tagsOf(html)).toEqual(tagsOf(quiet.html));
    expect(text.split("\n")).toHaveLength(quiet.text.split("\n").length);
    expect(wordsOf(html)).toEqual(linesOf(text));
    expect(subject).not.toMatch(/[\r\n\u202A-\u202E]/);
    expect(subject.length).toBeLessThan(400);
    expect(text).not.toMatch(/evil\.example/);
    expect([subject, text, html].every((each) => each.isWellFormed())).toBe(true);
    expect(html.length).toBeLessThan(20_000);
  });
});

function sameKind(one: ReturnType<typeof everyNotice>[number], other: typeof one): boolean {
  const kind = (notice: typeof one) => [
    notice.template,
    "change" in notice ? notice.change : "",
    "days" in notice ? notice.days : "",
  ];
  return kind(one).join() === kind(other).join();
}

describe("a name from right to left", () => {
  it("keeps its direction to itself, in text and HTML", () => {
    const [notice] = everyNotice({ name: "شركة", organization: "חברה (a)" });
    if (notice === undefined) throw new Error("No notice");
    const { subject, text, html } = inWords(notice);
    expect(subject).toBe("Confirm your e-mail address for \u2068חברה (a)\u2069");
    expect(text).toContain("Hello \u2068شركة\u2069,");
    expect(html).toContain("Hello <bdi>شركة</bdi>,");
  });
});

describe("times", () => {
  it("are told in words that mean the same everywhere", () => {
    const [notice] = everyNotice({});
    if (notice === undefined) throw new Error("No notice");
    expect(inWords(notice).text).toContain("The link works once, until 22 November 2026 at 08:00 UTC.");
  });
});
