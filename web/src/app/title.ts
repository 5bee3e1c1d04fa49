import { useEffect } from "react";

/** Names the page in the browser's tab, most specific first: "Maria · Inbox · Cordboard". Without any part, leaves it alone. */
export function useTitle(...parts: readonly (string | undefined)[]): void {
  const title = parts.filter(Boolean).join(" · ");
  useEffect(() => {
    if (title !== "") document.title = `${title} · Cordboard`;
  }, [title]);
}
