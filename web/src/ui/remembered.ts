import { Store } from "./store.ts";

const PREFIX = "cordboard.";

/** What this browser remembers under `name`, or undefined; a browser that forbids storage remembers nothing. */
export function recall(name: string): string | undefined {
  try {
    return localStorage.getItem(PREFIX + name) ?? undefined;
  } catch {
    return undefined;
  }
}

export function remember(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, value);
  } catch {
    // Private windows and full storage: the desk works without a memory.
  }
}

/** A store that survives a reload; `parse` turns anything unfit into the default. */
export function rememberedStore<T>(name: string, parse: (text: string | undefined) => T): Store<T> {
  const store = new Store(parse(recall(name)));
  store.subscribe(() => remember(name, String(store.get())));
  return store;
}
