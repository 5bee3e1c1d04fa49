import type { User } from "../../configuration/kinds.ts";
import { type Operation, remove, type TenantStore } from "../../platform/documents/port.ts";
import { UserLinks } from "./model.ts";
import { linkId } from "./rules.ts";

/** Gives up what other providers call a user who goes, in the commit that removes the user. */
export async function unlink(
  store: TenantStore,
  userId: string,
  user: User | undefined,
): Promise<readonly Operation[]> {
  const operations: Operation[] = [];
  for (const link of user?.links ?? []) {
    const id = linkId(link);
    const known = await store.read(UserLinks, [], id);
    if (known?.value.userId === userId) operations.push(remove(UserLinks, id, known.etag));
  }
  return operations;
}
