import { useEffect } from "react";
import { useStore } from "../ui/store.ts";
import { outbox } from "./outbox.ts";

/** Asks before the tab is closed while something has not been sent. Once, in the frame. */
export function useLeaveGuard(): void {
  const waiting = useStore(outbox.pending).length > 0;
  useEffect(() => {
    if (!waiting) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [waiting]);
}
