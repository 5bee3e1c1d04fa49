import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");

/** The pages that may show queries, relative to the repository. */
export const PAGES: readonly string[] = globSync("docs/**/*.md", { cwd: ROOT }).sort();

/** A block of a query, under a comment that names the file in which the query stands. */
const BLOCK = /<!-- (bicep\/queries\/[\w-]+\.kql) -->\n```kql\n[\s\S]*?```/g;

/** A page with its queries as they stand in bicep/queries. */
export function withQueries(page: string): string {
  return page.replace(BLOCK, (_, file: string) => {
    const query = readFileSync(join(ROOT, file), "utf8").trimEnd();
    return `<!-- ${file} -->\n\`\`\`kql\n${query}\n\`\`\``;
  });
}

/** The queries that a page shows, by the paths of their files. */
export function queriesOf(page: string): readonly string[] {
  return [...page.matchAll(BLOCK)].map(([, file = ""]) => file);
}
