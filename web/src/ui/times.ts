const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const clockFormat = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const weekdayFormat = new Intl.DateTimeFormat(undefined, { weekday: "short" });
const dateFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const oldDateFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const dayFormat = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const oldDayFormat = new Intl.DateTimeFormat(undefined, {
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
});
const fullFormat = new Intl.DateTimeFormat(undefined, {
  dateStyle: "full",
  timeStyle: "long",
});

/** A time in lists: relative under a day, then the weekday, then the date. */
export function timeWords(at: Date, now: Date): string {
  const age = now.getTime() - at.getTime();
  if (age < MINUTE) return "now";
  if (age < HOUR) return `${Math.floor(age / MINUTE)} min`;
  if (age < DAY) return `${Math.floor(age / HOUR)} h`;
  if (age < 6 * DAY) return weekdayFormat.format(at);
  return at.getFullYear() === now.getFullYear() ? dateFormat.format(at) : oldDateFormat.format(at);
}

/** The time of day, as in a thread under its day. */
export function clock(at: Date): string {
  return clockFormat.format(at);
}

/** A time to come: today's by the clock, others with their weekday. */
export function whenWords(at: Date, now: Date = new Date()): string {
  return startOfDay(at) === startOfDay(now) ? clock(at) : `${weekdayFormat.format(at)} ${clock(at)}`;
}

/** With weekday and time zone, for hovering. */
export function fullTime(at: Date): string {
  return fullFormat.format(at);
}

/** The heading of one day of a thread. */
export function dayWords(at: Date, now: Date): string {
  const days = Math.round((startOfDay(now) - startOfDay(at)) / DAY);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return at.getFullYear() === now.getFullYear() ? dayFormat.format(at) : oldDayFormat.format(at);
}

/** The same for all times of one local day. */
export function startOfDay(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}

/** How long, in the two largest units: "1 h 20 min", "3 days". At least "1 min". */
export function lengthWords(milliseconds: number): string {
  const minutes = Math.max(1, Math.floor(milliseconds / MINUTE));
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  return minutes % 60 === 0 || hours >= 10 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** The length of a recording: `2:10`, `1:02:10`. */
export function durationWords(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}

/** Bytes as people say them: `340 KB`, `1.2 MB`. */
export function sizeWords(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** When a snoozed conversation may come back: in an hour, tomorrow at nine, on Monday at nine. */
export function snoozeChoices(now: Date): readonly { readonly label: string; readonly until: Date }[] {
  const at = (days: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, 9);
  const toMonday = (8 - now.getDay()) % 7 || 7;
  return [
    { label: "For an hour", until: new Date(now.getTime() + HOUR) },
    { label: "Until tomorrow, 9:00", until: at(1) },
    { label: "Until Monday, 9:00", until: at(toMonday) },
  ];
}
