import type { TimerFunction } from "../route.ts";

/** Makes another signing key when the newest is old enough, and drops those that no token needs any more. */
export const keyRotation: TimerFunction = {
  name: "key-rotation",
  schedule: "0 17 3 * * *",
  run: ({ keys }) => keys.rotate(),
};
