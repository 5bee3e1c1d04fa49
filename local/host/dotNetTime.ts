/** .NET's two ways to write a time of ours: a DateTimeOffset with its offset, a DateTime that says nothing of a zone. */
export const withoutZone = (at: Date): string => at.toISOString().slice(0, -1);
export const withOffset = (at: Date): string => `${withoutZone(at)}+00:00`;
