import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** What a one-machine installation must remember beside its databases; `installation.json` in the data folder, mode 0600. */
const Installation = z.object({
  /** Shared with the simulator; stands in for the Meta app's. */
  whatsappAppSecret: z.string().min(8),
  whatsappVerifyToken: z.string().min(8),
  /** `pending` until the demo tenant is complete, so that a crash in between is made good at the next start. */
  demo: z.enum(["pending", "done", "none"]),
});
type Installation = z.infer<typeof Installation>;

export interface DataFolder {
  readonly folder: string;
  readonly installation: Installation;
  demoDone(): void;
  /** Gives the folder free for another host. */
  release(): void;
}

/**
 * Opens or makes the data folder and takes hold of it: two hosts on one folder would hand out each other's lanes. Throws
 * when a living process holds it. `wantsDemo` counts only when the folder is new.
 */
export function openDataFolder(folder: string, wantsDemo: boolean): DataFolder {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const release = takeHold(join(folder, "host.pid"));
  const file = join(folder, "installation.json");
  const isNew = !existsSync(file) && !existsSync(join(folder, "documents.db"));
  const installation = existsSync(file) ? readInstallation(file) : newInstallation(isNew && wantsDemo);
  writeWhole(file, installation);
  return {
    folder,
    installation,
    demoDone: () => writeWhole(file, { ...installation, demo: "done" }),
    release,
  };
}

function readInstallation(file: string): Installation {
  return Installation.parse(JSON.parse(readFileSync(file, "utf8")));
}

function newInstallation(withDemo: boolean): Installation {
  const secret = () => randomBytes(24).toString("base64url");
  return { whatsappAppSecret: secret(), whatsappVerifyToken: secret(), demo: withDemo ? "pending" : "none" };
}

/** Written beside and moved into place, so that a crash leaves the old file or the new one. */
function writeWhole(file: string, installation: Installation): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(installation, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function takeHold(pidFile: string): () => void {
  const holder = existsSync(pidFile) ? Number(readFileSync(pidFile, "utf8")) : 0;
  if (holder > 0 && holder !== process.pid && isHost(holder)) {
    throw new Error(
      `Cordboard is running on this data folder already (process ${holder}). Stop it, or set CORDBOARD_DATA.`,
    );
  }
  writeFileSync(pidFile, String(process.pid));
  return () => rmSync(pidFile, { force: true });
}

/** After a crash or reboot the number may belong to anything; where the system tells, only a Cordboard host counts. */
function isHost(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const commandLine = `/proc/${pid}/cmdline`;
  return !existsSync(commandLine) || readFileSync(commandLine, "utf8").includes("start.ts");
}
