import { readdirSync, readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { extname } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".ogg": "audio/ogg",
};

const FOLDER = new URL("./page/", import.meta.url);
const SECURITY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/** Serves one of the phone page's own files, by its plain name; false for any other name. */
export function servePageFile(name: string, response: ServerResponse): boolean {
  if (!readdirSync(FOLDER).includes(name)) return false;
  response.writeHead(200, {
    "content-type": TYPES[extname(name)] ?? "application/octet-stream",
    "cache-control": "no-cache",
    "content-security-policy": SECURITY,
    "x-content-type-options": "nosniff",
  });
  response.end(readFileSync(new URL(name, FOLDER)));
  return true;
}
