import { useEffect, useState } from "react";
import type { Versioned } from "../api/client.ts";
import type { Form } from "../ui/form.ts";

interface Base<T> {
  /** The version that the form's values stand on; null for something new. */
  readonly etag: string | null;
  /** Whether somebody else has changed the thing since, while there are unsaved words here. */
  readonly overtaken: boolean;
  takeTheirs(): void;
  /** Keeps what was typed, to be saved over theirs. */
  keepMine(): void;
  /** After a save. */
  saved(version: Versioned<T>): void;
}

/**
 * What a form stands on. The thing may change under it (realtime fetches it anew): untouched, the form follows; with unsaved
 * words it stays as it is, and the person decides.
 */
export function useBase<T, V extends object>(
  known: Versioned<T> | undefined,
  form: Form<V>,
  valuesOf: (value: T) => V,
): Base<T> {
  const [base, setBase] = useState(known);
  const moved = known !== undefined && known.etag !== base?.etag;
  const { dirty, reset } = form;

  function adopt(version: Versioned<T>) {
    setBase(version);
    reset(valuesOf(version.value));
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each version that comes
  useEffect(() => {
    if (moved && !dirty) adopt(known);
  }, [known, moved, dirty]);

  return {
    etag: base?.etag ?? null,
    overtaken: moved && dirty,
    takeTheirs: () => known !== undefined && adopt(known),
    keepMine: () => setBase(known),
    saved: adopt,
  };
}
