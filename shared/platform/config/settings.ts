import { z } from "zod";

/** Every setting that is missing or wrong, in one message of a line each; it holds no value. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`Cordboard cannot start with these settings:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

/** `schema`, refusing with what the value should be: `should` completes "NAME should be …". Values are never repeated. */
export function describe<T>(should: string, schema: z.ZodType<T>): z.ZodPipe<z.ZodUnknown, z.ZodTransform<T, unknown>> {
  return z.unknown().transform((value, context) => {
    const parsed = value === undefined ? undefined : schema.safeParse(value);
    if (parsed?.success) return parsed.data;
    context.issues.push({ code: "custom", input: undefined, message: `should be ${should}` });
    return z.NEVER;
  });
}

/** Parses all settings at once. Throws `SettingsError`. */
export function parseSettings<T>(schema: z.ZodType<T>, env: Readonly<Record<string, string | undefined>>): T {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ""),
  );
  // Parsed once in the life of a process, which is no time to compile a parser for.
  const parsed = schema.safeParse(given, { jitless: true });
  const wrong = (parsed.error?.issues ?? []).map((issue) => {
    const name = issue.path.join(".");
    return `${name} ${name in given ? "is wrong" : "is missing"}; it ${issue.message}`;
  });
  const problems = [...wrong, ...unresolvedReferences(given)];
  if (parsed.success && problems.length === 0) return parsed.data;
  throw new SettingsError(problems);
}

/** Azure puts a secret in the place of its reference, and leaves the reference standing when it cannot: as a value, it would pass. */
function unresolvedReferences(given: Readonly<Record<string, string | undefined>>): readonly string[] {
  const names = Object.keys(given).filter((name) => given[name]?.startsWith("@Microsoft.KeyVault("));
  return names.map(
    (name) =>
      `${name} is a reference that Azure could not resolve; the vault should have that secret, and the app's identity the role Key Vault Secrets User`,
  );
}
