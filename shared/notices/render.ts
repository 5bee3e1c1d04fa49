import type { Line, Piece } from "./line.ts";

/** What a notice says, in whatever form it is shown. */
export interface Description {
  readonly subject: Line;
  readonly paragraphs: readonly Line[];
  readonly button: { readonly label: string; readonly link: string };
  /** Below the button. */
  readonly after: readonly Line[];
  /** Why this person gets it, in small print. */
  readonly because: Line;
}

/** A notice as transports take it. The subject is one line. */
export interface Rendered {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Subject, text and HTML of one description, so that they say the same. */
export function render(description: Description): Rendered {
  return { subject: asText(description.subject), text: textOf(description), html: htmlOf(description) };
}

const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;
/** First strong isolate, pop directional isolate: what stands between keeps its direction to itself (Unicode UAX #9). */
const ISOLATED = ["\u2068", "\u2069"] as const;

function asText(line: Line): string {
  return line.map(isolated).join("");
}

function isolated({ text, said }: Piece): string {
  return said && RIGHT_TO_LEFT.test(text) ? ISOLATED.join(text) : text;
}

function textOf({ paragraphs, button, after, because }: Description): string {
  const blocks = [
    ...paragraphs.map(asText),
    `${button.label}:\n${button.link}`,
    ...after.map(asText),
    `-- \n${asText(because)}`,
  ];
  return `${blocks.join("\n\n")}\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

function asHtml(line: Line): string {
  return line.map(({ text, said }) => (said ? `<bdi>${escaped(text)}</bdi>` : escaped(text))).join("");
}

const FONT = "font-family:'Segoe UI',system-ui,-apple-system,Roboto,'Helvetica Neue',Arial,sans-serif";
const BODY = `${FONT};font-size:16px;line-height:1.5;color:#111b21`;
const SMALL = `${FONT};font-size:13px;line-height:1.5;color:#5b6b73`;

/** Mail programs know tables and inline styles; those that know more get the dark colours from here. */
const DARK = `
      @media (prefers-color-scheme: dark) {
        .page { background-color: #0c1317 !important; }
        .card { background-color: #1f2c34 !important; border-color: #2c3a42 !important; }
        .words { color: #e9edef !important; }
        .small, .small a { color: #93a3ab !important; }
      }`;

function htmlOf({ subject, paragraphs, button, after, because }: Description): string {
  const link = escaped(button.link);
  const rows = [
    ...paragraphs.map((line) => row("0 0 16px", "words", BODY, asHtml(line))),
    buttonRow(escaped(button.label), link),
    row("0 0 20px", "small", SMALL, `<a href="${link}" style="color:#5b6b73;word-break:break-all">${link}</a>`),
    ...after.map((line) => row("0 0 16px", "words", BODY, asHtml(line))),
  ];
  return `<!doctype html>
<html lang="en" dir="ltr">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="supported-color-schemes" content="light dark">
    <title>${escaped(asText(subject))}</title>
    <style>${DARK}
    </style>
  </head>
  <body class="page" style="margin:0;padding:0;background-color:#e9edec">
    <table class="page" role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="#e9edec" style="background-color:#e9edec">
      <tr>
        <td align="center" style="padding:24px 12px">
          <table class="card" role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="#ffffff" style="max-width:560px;background-color:#ffffff;border:1px solid #d7dedc;border-radius:12px">
            <tr>
              <td style="padding:28px 28px 12px">
                <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">
${rows.join("\n")}
                </table>
              </td>
            </tr>
          </table>
          <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px">
${row("16px 28px", "small", SMALL, asHtml(because))}
          </table>
        </td>
      </tr>
    </table>
  </body>
</html>
`;
}

function row(padding: string, name: string, style: string, content: string): string {
  return `                  <tr><td class="${name}" align="left" style="padding:${padding};${style}">${content}</td></tr>`;
}

/** A cell with a colour of its own: what Outlook shows as a button. */
function buttonRow(label: string, link: string): string {
  const style = `display:inline-block;padding:12px 24px;${FONT};font-size:16px;font-weight:600;color:#ffffff;text-decoration:none`;
  const cell = `<td bgcolor="#0f6c5c" style="border-radius:8px;background-color:#0f6c5c"><a href="${link}" style="${style}">${label}</a></td>`;
  const table = `<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr>${cell}</tr></table>`;
  return `                  <tr><td align="left" style="padding:8px 0 12px">${table}</td></tr>`;
}
