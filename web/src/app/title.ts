import { useEffect } from "react";

/** Names the page in the browser's tab, most specific first: "Maria · Inbox · Cordboard". */
export function useTitle(...parts: readonly (string | undefined)[]): void {
  const title = [...parts, "Cordboard"].filter(Boolean).join(" · ");
  useEffect(() => {
    document.title = title;
  }, [title]);
}
