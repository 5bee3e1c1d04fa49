import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { KEY_VAULT_EMULATOR_TOKEN } from "../../shared/platform/config/emulators.ts";
import { readOrCreateKeyFile } from "../../shared/platform/secrets/keyFile.ts";
import { SECRETS_KEY_NAME, SIGNING_KEY_NAME } from "../../shared/platform/secrets/keyVault.ts";
import { listenOnLoopback } from "./listening.ts";

/**
 * Azure Key Vault, as far as the product uses it: two secrets, of which the newest version or a named one is read. Microsoft
 * has no emulator of it. Where this differs from the service:
 * - Of the REST API there is Get Secret (learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret).
 * - Its challenge is the service's, yet it takes one fixed token instead of Entra's
 *   (learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses).
 * - No version is ever disabled, none expires, and nothing is throttled.
 */
export interface KeyVaultEmulator {
  /** E.g. `http://127.0.0.1:7073`. */
  readonly keyVaultUri: string;
  close(): Promise<void>;
}

interface KeyVaultEmulatorOptions {
  /** Where the secrets' values are kept, in files of mode 0600, so that what they encrypted outlives the emulator. */
  readonly folder: string;
  /** Default 0: a free one. */
  readonly port?: number;
}

const CHALLENGE =
  'Bearer authorization="https://login.microsoftonline.com/emulator", resource="https://vault.azure.net"';

/** Rejects when the port is taken, or a file of the folder is open to others. */
export async function startKeyVaultEmulator({ folder, port = 0 }: KeyVaultEmulatorOptions): Promise<KeyVaultEmulator> {
  const names = [SECRETS_KEY_NAME, SIGNING_KEY_NAME];
  const secrets = new Map(names.map((name) => [name, versionsOf(readOrCreateKeyFile(join(folder, `${name}.key`)))]));
  const server = createServer((request, response) => answer(secrets, request, response));
  const listening = await listenOnLoopback(server, port);
  return { keyVaultUri: `http://127.0.0.1:${listening.port}`, close: listening.close };
}

/** Values by version, the newest first. */
type Versions = ReadonlyMap<string, string>;

function versionsOf(keys: readonly Buffer[]): Versions {
  const versionOf = (key: Buffer) => createHash("sha256").update(key).digest("hex").slice(0, 32);
  return new Map(keys.map((key) => [versionOf(key), key.toString("base64")]));
}

function answer(secrets: ReadonlyMap<string, Versions>, request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.authorization !== `Bearer ${KEY_VAULT_EMULATOR_TOKEN}`) {
    response.setHeader("www-authenticate", CHALLENGE);
    reply(response, 401, errorBody("Unauthorized"));
    return;
  }
  const [path = ""] = (request.url ?? "").split("?");
  const [, name = "", asked] = /^\/secrets\/([\w-]+)\/?([\w-]+)?$/.exec(path) ?? [];
  const versions = secrets.get(name);
  const version = asked ?? versions?.keys().next().value;
  const value = version === undefined ? undefined : versions?.get(version);
  const id = `http://${request.headers.host}/secrets/${name}/${version}`;
  if (request.method !== "GET" || value === undefined) reply(response, 404, errorBody("SecretNotFound"));
  else reply(response, 200, { value, id, attributes: { enabled: true } });
}

function errorBody(code: string) {
  return { error: { code, message: `The emulator answers ${code}` } };
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
