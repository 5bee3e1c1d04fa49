import { createReadStream, existsSync, readdirSync, statSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, relative, sep } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
  ".ogg": "audio/ogg",
  ".map": "application/json",
};

/** The desk may load nothing from elsewhere; blob: shows media fetched with the access token. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "style-src 'self' 'unsafe-inline'",
  "connect-src 'self' ws: wss:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");

/**
 * Serves the built browser app as its static hosting does on Azure: files by name, hashed ones for ever, and the page
 * itself for every other address, so that any state of the desk can be linked to. True when it has answered.
 */
export function serveFiles(folder: string): (request: IncomingMessage, response: ServerResponse) => boolean {
  let files = listFiles(folder);
  return (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname.startsWith("/api/") || (request.method !== "GET" && request.method !== "HEAD")) return false;
    const name = extname(pathname) === "" ? "index.html" : pathname.slice(1);
    // Built anew while this was running, perhaps.
    if (!files.has(name)) files = listFiles(folder);
    if (!files.has(name)) return false;
    send(join(folder, name), name, request, response);
    return true;
  };
}

function listFiles(folder: string): ReadonlySet<string> {
  if (!existsSync(folder)) return new Set();
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Set(entries.map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/")));
}

function send(path: string, name: string, request: IncomingMessage, response: ServerResponse): void {
  const hashed = name.startsWith("assets/");
  response.writeHead(200, {
    "content-type": TYPES[extname(name)] ?? "application/octet-stream",
    "content-length": statSync(path).size,
    "cache-control": hashed ? "public, max-age=31536000, immutable" : "no-cache",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "content-security-policy": CONTENT_SECURITY_POLICY,
  });
  if (request.method === "HEAD") response.end();
  else
    createReadStream(path)
      .on("error", () => response.destroy())
      .pipe(response);
}
