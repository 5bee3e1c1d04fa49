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

const SECURITY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/**
 * Serves a simulator's page: its own files by their plain names, from the first of the folders that has one. Answers false
 * for any other name.
 */
export function servePage(...folders: readonly URL[]): (name: string, response: ServerResponse) => boolean {
  return (name, response) => {
    const folder = folders.find((each) => readdirSync(each).includes(name));
    if (folder === undefined) return false;
    response.writeHead(200, {
      "content-type": TYPES[extname(name)] ?? "application/octet-stream",
      "cache-control": "no-cache",
      "content-security-policy": SECURITY,
      "x-content-type-options": "nosniff",
    });
    response.end(readFileSync(new URL(name, folder)));
    return true;
  };
}
