import { z } from "zod";
import { Media, type MediaDocument, MediaId } from "../../shared/media/model.ts";
import { baseType, contentDisposition, MAX_FILE_BYTES, rangeOf, servedAs } from "../../shared/media/rules.ts";
import { bytesOf } from "../../shared/media/service.ts";
import { Problem } from "../../shared/platform/errors.ts";
import { Reply } from "../../shared/platform/http/route.ts";
import { route } from "../route.ts";

const Params = z.object({ id: MediaId });

/** How long a browser may keep a file, in seconds: it never changes, but it can be deleted. */
const KEPT_FOR = 3600;

export const readMedia = route({
  method: "GET",
  path: "media/{id}",
  permission: "media.read",
  summary: "A file, or the range of it that `Range` asks for; at most 8 MB in one ranged answer",
  params: Params,
  response: "raw",
  handler: async ({ caller, params, request }, { media }) => {
    const file = await media.get(caller, params.id);
    const headers = headersOf(file);
    const etag = file.sha256.slice(0, 32);
    if (isSame(request.ifNoneMatch, etag)) return new Reply(undefined, { status: 304, etag, headers });
    const range = isSame(request.headers.get("if-range") ?? undefined, etag, "*")
      ? rangeOf(request.headers.get("range"), file.size)
      : "whole";
    if (range === "unsatisfiable") throw new Problem("range-not-satisfiable");
    if (range === "whole") return new Reply(await bytesOf(await media.open(caller, file.id)), { etag, headers });
    const bytes = await bytesOf(await media.open(caller, file.id, range));
    const contentRange = `bytes ${range.start}-${range.end}/${file.size}`;
    return new Reply(bytes, { status: 206, etag, headers: { ...headers, "content-range": contentRange } });
  },
});

/** Whether a condition names this version; `absent` counts where there is no condition. */
function isSame(condition: string | undefined, etag: string, absent?: "*"): boolean {
  if (condition === undefined) return absent === "*";
  return condition
    .split(",")
    .some((each) => ["*", etag].includes(each.trim().replace(/^W\//, "").replace(/^"|"$/g, "")));
}

/** Whatever a file holds, it must not run anything in the desk's name, nor be taken for another type. */
function headersOf({ mimeType, fileName }: MediaDocument): Record<string, string> {
  const { contentType, inline } = servedAs(mimeType);
  return {
    "content-type": contentType,
    "content-disposition": contentDisposition(inline, fileName),
    "accept-ranges": "bytes",
    "cache-control": `private, max-age=${KEPT_FOR}`,
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
  };
}

export const uploadMedia = route({
  method: "POST",
  path: "media",
  permission: "media.write",
  summary: "Keeps a file to send: its bytes as the body, its type as Content-Type; at most 100 MB",
  query: z.object({ fileName: z.string().max(1000).optional() }),
  raw: true,
  maxBodyBytes: MAX_FILE_BYTES,
  rateLimit: { perMinute: 60 },
  response: Media,
  handler: async ({ caller, query, body, request }, { media }) => {
    const mimeType = baseType(request.headers.get("content-type") ?? "");
    const file = { bytes: body, mimeType, fileName: query.fileName };
    const stored = await media.upload(caller, file, request.idempotencyKey);
    return new Reply(stored, { status: 201 });
  },
});

export const deleteMedia = route({
  method: "DELETE",
  path: "media/{id}",
  permission: "data.erase",
  summary: "Deletes a file for good",
  params: Params,
  response: z.undefined(),
  handler: ({ caller, params }, { media }) => media.remove(caller, params.id),
});

export const mediaRoutes = [readMedia, uploadMedia, deleteMedia];
