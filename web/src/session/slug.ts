/** The short name an organisation would get, as the server makes it: letters, digits and hyphens, at most 40. */
export function slugOf(organization: string): string {
  return organization
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 40)
    .replace(/^-+|-+$/g, "");
}
