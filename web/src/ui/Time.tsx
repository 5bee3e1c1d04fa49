import { useNow } from "./now.ts";
import { fullTime, timeWords } from "./times.ts";

/** A time in words, the exact one with its zone on hover. */
export function Time({ at, className }: { readonly at: string; readonly className?: string | undefined }) {
  const now = useNow();
  const date = new Date(at);
  return (
    <time dateTime={at} title={fullTime(date)} className={className}>
      {timeWords(date, now)}
    </time>
  );
}
