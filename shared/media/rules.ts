/** Largest file that is kept, in bytes: WhatsApp's limit for documents, the largest of all. */
export const MAX_FILE_BYTES = 100 * 1024 * 1024;
/** Largest part of a file in one ranged answer, in bytes, since Functions may hold an answer in memory as a whole. */
export const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/**
 * What a browser may show in place: formats without scripts. Everything else is a download, whatever it claims to be;
 * SVG and HTML could run scripts with the desk's rights.
 */
const INLINE: ReadonlySet<string> = new Set([
  "image/jpeg",
  "image/png",
  "image/gif",
  "image/webp",
  "image/avif",
  "audio/aac",
  "audio/amr",
  "audio/mp4",
  "audio/mpeg",
  "audio/ogg",
  "audio/opus",
  "audio/wav",
  "audio/webm",
  "video/3gpp",
  "video/mp4",
  "video/ogg",
  "video/webm",
  "application/pdf",
]);

const MIME_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;

/** A media type without its parameters, in lower case; `application/octet-stream` for what is none. */
export function baseType(mimeType: string): string {
  const base = (mimeType.split(";", 1)[0] ?? "").trim().toLowerCase();
  return MIME_TYPE.test(base) ? base : "application/octet-stream";
}

/** The type to serve a file as, and whether in place. */
export function servedAs(mimeType: string): { readonly contentType: string; readonly inline: boolean } {
  const base = baseType(mimeType);
  return INLINE.has(base)
    ? { contentType: base, inline: true }
    : { contentType: "application/octet-stream", inline: false };
}

/** A file's name without path, control characters and direction marks; undefined for none. At most 200 characters. */
export function cleanFileName(name: string | undefined): string | undefined {
  const last = (name ?? "").split(/[/\\]/).at(-1) ?? "";
  const clean = last
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, "")
    .trim()
    .slice(0, 200)
    .toWellFormed();
  return clean === "" || /^\.+$/.test(clean) ? undefined : clean;
}

/** A Content-Disposition by RFC 6266: an ASCII name for the old, and the real one by RFC 8187. */
export function contentDisposition(inline: boolean, fileName: string | undefined): string {
  const kind = inline ? "inline" : "attachment";
  if (fileName === undefined) return kind;
  const ascii = fileName.replaceAll(/[^\x20-\x7e]|["\\%]/g, "_");
  const encoded = encodeURIComponent(fileName).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

export interface ByteRange {
  readonly start: number;
  /** Inclusive. */
  readonly end: number;
}

/**
 * The range to answer (RFC 9110, 14.2), cut to `MAX_ANSWER_BYTES`; "whole" where none was asked for, several were, or the
 * header makes no sense, and "unsatisfiable" where it lies outside the file.
 */
export function rangeOf(header: string | null, size: number): ByteRange | "whole" | "unsatisfiable" {
  const [, from = "", to = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec((header ?? "").trim()) ?? [];
  if (from === "" && to === "") return "whole";
  if (from === "") return to === "0" || size === 0 ? "unsatisfiable" : cut(Math.max(0, size - Number(to)), size - 1);
  const start = Number(from);
  const end = to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== "" && Number(to) < start) return "whole";
  return start >= size ? "unsatisfiable" : cut(start, end);
}

function cut(start: number, end: number): ByteRange {
  return { start, end: Math.min(end, start + MAX_ANSWER_BYTES - 1) };
}
