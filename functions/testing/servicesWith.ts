import type { Services } from "../services.ts";

/** Services for a door's test: those given, and a throw for any other, so that a door cannot lean on more than it declares. */
export function servicesWith(given: Partial<Services>): Services {
  const guard: ProxyHandler<Partial<Services>> = {
    get(target, name) {
      if (!Reflect.has(target, name))
        throw new Error(`The door used the service ${String(name)}, which the test did not give`);
      return Reflect.get(target, name);
    },
  };
  // The guard answers for what is missing, which the type system cannot see.
  return new Proxy(given, guard) as Services;
}
