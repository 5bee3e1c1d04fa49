import { useSyncExternalStore } from "react";
import { Store } from "./store.ts";

const EVERY_MS = 20_000;
const store = new Store(new Date());
let listeners = 0;
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  const stop = store.subscribe(listener);
  listeners += 1;
  timer ??= setInterval(() => store.set(new Date()), EVERY_MS);
  return () => {
    stop();
    listeners -= 1;
    if (listeners > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The present, renewed every 20 seconds for all who show it. */
export function useNow(): Date {
  return useSyncExternalStore(subscribe, store.get);
}
