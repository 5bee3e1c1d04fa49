import type { Theme } from "@fluentui/react-components";
import { useSyncExternalStore } from "react";
import { rememberedStore } from "../ui/remembered.ts";
import { useStore } from "../ui/store.ts";
import { darkTheme, lightTheme } from "./theme.ts";

export const THEME_MODES = ["system", "light", "dark"] as const;
export type ThemeMode = (typeof THEME_MODES)[number];

export const themeMode = rememberedStore<ThemeMode>(
  "theme",
  (text) => THEME_MODES.find((mode) => mode === text) ?? "system",
);

const query = "(prefers-color-scheme: dark)";

function subscribeToSystem(listener: () => void): () => void {
  const list = matchMedia(query);
  list.addEventListener("change", listener);
  return () => list.removeEventListener("change", listener);
}

/** Fluent's theme for the chosen mode; follows the system where that was chosen. */
export function useTheme(): { theme: Theme; dark: boolean } {
  const mode = useStore(themeMode);
  const systemDark = useSyncExternalStore(subscribeToSystem, () => matchMedia(query).matches);
  const dark = mode === "dark" || (mode === "system" && systemDark);
  return { theme: dark ? darkTheme : lightTheme, dark };
}
