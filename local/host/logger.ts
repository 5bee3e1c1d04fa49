import type { LogCategory, LogLevel } from "./coreTypes.ts";

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  /** `user` for what a function logged, `system` for the host and the library. */
  readonly category: LogCategory;
  readonly functionName?: string;
  readonly invocationId?: string;
}

/** Where the host's and the functions' log lines go. Must not throw. */
export type Logger = (line: LogLine) => void;

const RANK: Readonly<Record<LogLevel, number>> = {
  trace: 0,
  debug: 1,
  information: 2,
  warning: 3,
  error: 4,
  critical: 5,
  none: 6,
};

/** Azure's category of a line (https://learn.microsoft.com/azure/azure-functions/configure-monitoring#configure-categories). */
function categoryOf({ category, functionName }: LogLine): string {
  if (functionName === undefined) return category === "user" ? "Function" : "Host";
  return category === "user" ? `Function.${functionName}.User` : `Function.${functionName}`;
}

/**
 * Lets through what host.json's `logging.logLevel` does: the longest of `levels` that a line's category begins with decides,
 * then `default`, then `information`.
 */
export function filteredLogger(logger: Logger, levels: Readonly<Record<string, LogLevel>>): Logger {
  const prefixes = Object.entries(levels).sort(([one], [other]) => other.length - one.length);
  const known = new Map<string, number>();
  const leastOf = (category: string): number => {
    const lower = category.toLowerCase();
    const [, level] = prefixes.find(([prefix]) => lower.startsWith(prefix.toLowerCase())) ?? [];
    return RANK[level ?? levels.default ?? "information"];
  };
  return (line) => {
    const category = categoryOf(line);
    const least = known.get(category) ?? leastOf(category);
    known.set(category, least);
    if (line.level !== "none" && RANK[line.level] >= least) logger(line);
  };
}

/** Writes lines of at least `minimum` to standard error, one per line; a function's own lines as they are. */
export function consoleLogger(minimum: LogLevel = "trace"): Logger {
  return ({ level, message, category, functionName }) => {
    if (RANK[level] < RANK[minimum]) return;
    const origin = functionName === undefined ? "" : ` ${functionName}`;
    process.stderr.write(category === "user" ? `${message}\n` : `[host] ${level}${origin}: ${message}\n`);
  };
}

/** A host's own line. */
export function systemLine(level: LogLevel, message: string, functionName?: string): LogLine {
  return functionName === undefined
    ? { level, message, category: "system" }
    : { level, message, category: "system", functionName };
}

/** What an unknown thrown value says, bounded, for logs and dead-letter reasons. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.slice(0, 1024);
}
