import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { pathToFileURL } from "node:url";
import { SECRETS_KEY_NAME, SIGNING_KEY_NAME } from "../shared/platform/secrets/keyVault.ts";

type Maker = (env: Readonly<Record<string, string | undefined>>) => string | undefined;

/** The vault's secrets, and where a new one's value comes from; undefined: somebody must give it. */
export const SECRETS: Readonly<Record<string, Maker>> = {
  [SECRETS_KEY_NAME]: () => randomBytes(32).toString("base64"),
  [SIGNING_KEY_NAME]: () => randomBytes(32).toString("base64"),
  "whatsapp-app-secret": ({ WHATSAPP_APP_SECRET }) => WHATSAPP_APP_SECRET,
  // Ours to choose; whoever enters the webhook at Meta reads it from the vault.
  "whatsapp-verify-token": ({ WHATSAPP_VERIFY_TOKEN }) =>
    WHATSAPP_VERIFY_TOKEN ?? randomBytes(24).toString("base64url"),
};

/** Azure's management API, so that it works for vaults which only private endpoints reach. */
export interface Vault {
  has(name: string): boolean;
  /** The value must not stand where other processes of the machine could read it. */
  put(name: string, value: string): void;
}

/**
 * Makes the secrets that are missing, and never touches one that is there: a new version of the signing key would end all
 * sessions. Returns the names of those it made, and of those that somebody must give.
 */
export function makeSecrets(
  vault: Vault,
  env: Readonly<Record<string, string | undefined>>,
): { readonly made: readonly string[]; readonly wanting: readonly string[] } {
  const missing = Object.entries(SECRETS).filter(([name]) => !vault.has(name));
  const made: string[] = [];
  const wanting: string[] = [];
  for (const [name, make] of missing) {
    const value = make(env);
    if (value === undefined || value.length < 8) wanting.push(name);
    else {
      vault.put(name, value);
      made.push(name);
    }
  }
  return { made, wanting };
}

/** The vault through `az`, signed in as whoever provisions. */
function vaultByAz(subscription: string, group: string, name: string): Vault {
  const base = `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.KeyVault/vaults/${name}/secrets`;
  const urlOf = (secret: string) => `${base}/${secret}?api-version=2023-07-01`;
  return {
    has: (secret) => {
      try {
        execFileSync("az", ["rest", "--method", "get", "--url", urlOf(secret)], {
          stdio: ["ignore", "ignore", "pipe"],
        });
        return true;
      } catch (error) {
        const answer = error instanceof Error && "stderr" in error ? String(error.stderr) : "";
        if (/not ?found/i.test(answer)) return false;
        throw new Error(`az could not look for the secret ${secret}. Sign in with "az login".\n${answer}`, {
          cause: error,
        });
      }
    },
    put: (secret, value) => {
      const input = JSON.stringify({ properties: { value } });
      // @- reads the body from standard input: arguments show in the machine's list of processes.
      const args = ["rest", "--method", "put", "--url", urlOf(secret), "--body", "@-", "--output", "none"];
      execFileSync("az", args, { input, stdio: ["pipe", "ignore", "inherit"] });
    },
  };
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`${name} is not set; azd sets it when it runs this hook`);
  return value;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const name = required("CORDBOARD_KEY_VAULT");
  const vault = vaultByAz(required("AZURE_SUBSCRIPTION_ID"), required("CORDBOARD_SHARED_GROUP"), name);
  const { made, wanting } = makeSecrets(vault, process.env);
  if (made.length > 0) console.log(`Key Vault ${name}: made ${made.join(", ")}`);
  if (wanting.length > 0) {
    console.error(
      `Key Vault ${name} still needs ${wanting.join(", ")}. Set WHATSAPP_APP_SECRET (the Meta app's secret) for one more run:\n` +
        "  WHATSAPP_APP_SECRET=... azd provision\nIt goes straight to the vault and is kept nowhere else.",
    );
    process.exitCode = 1;
  }
}
