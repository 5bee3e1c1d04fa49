import { fullTime } from "./times.ts";

const format = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });

/** A date, the exact time with its zone on hover. */
export function Day({ at }: { readonly at: string }) {
  const date = new Date(at);
  return (
    <time dateTime={at} title={fullTime(date)}>
      {format.format(date)}
    </time>
  );
}
