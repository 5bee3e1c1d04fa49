import { useBlocker } from "@tanstack/react-router";
import { useCallback, useState } from "react";

export interface Form<V> {
  readonly values: V;
  readonly dirty: boolean;
  set<K extends keyof V>(field: K, value: V[K]): void;
  /** Takes these as what is saved. */
  reset(values: V): void;
}

/** The values of a form, and whether they differ from what is saved. Values are strings and booleans. */
export function useForm<V extends object>(initial: V): Form<V> {
  const [saved, setSaved] = useState(initial);
  const [values, setValues] = useState(initial);
  const set = useCallback(<K extends keyof V>(field: K, value: V[K]) => {
    setValues((before) => ({ ...before, [field]: value }));
  }, []);
  const reset = useCallback((next: V) => {
    setSaved(next);
    setValues(next);
  }, []);
  const dirty = JSON.stringify(values) !== JSON.stringify(saved);
  return { values, dirty, set, reset };
}

/** Asks before a page with unsaved changes is left, within the desk and by closing the tab. */
export function useUnsavedGuard(dirty: boolean): void {
  useBlocker({
    shouldBlockFn: () => dirty && !window.confirm("You have changes that are not saved. Leave without saving them?"),
    enableBeforeUnload: () => dirty,
    disabled: !dirty,
  });
}
