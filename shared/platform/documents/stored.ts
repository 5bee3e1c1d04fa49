import { Problem } from "../errors.ts";
import type { ContainerName } from "./containers.ts";
import type { Collection } from "./port.ts";

/** Parses a stored value. One that does not fit is an internal fault: its text goes to `cause`, never to a person. */
export function parseStored<T>(from: Collection<T>, data: unknown): T {
  const parsed = from.schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new Problem("internal", {
    cause: new Error(`A stored ${from.kind} in ${from.container} does not fit its schema`, { cause: parsed.error }),
  });
}

/** Keeps the directory's container and those of tenants apart: each store reaches only its own. */
export function checkContainer(tenantId: string, container: ContainerName): void {
  if ((tenantId === "") !== (container === "tenants"))
    throw new TypeError(`Container ${container} is not reached through this store`);
}
