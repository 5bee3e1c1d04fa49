import { useSyncExternalStore } from "react";

/** Whether a media query holds now, e.g. `(max-width: 899px)`. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = matchMedia(query);
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    () => matchMedia(query).matches,
  );
}

/** One pane at a time. */
export const NARROW = "(max-width: 899px)";
/** No room for a third pane beside the thread. */
export const NO_THIRD_PANE = "(max-width: 1179px)";
