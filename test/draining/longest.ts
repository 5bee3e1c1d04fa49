import { DEADLINES, type Outside } from "../../shared/platform/deadlines.ts";
import type { OutsideCall } from "../../shared/platform/testing/faults.ts";

/** By which deadline each call ends. Files' bytes pass while the call lasts that reads or writes them. */
const DEADLINE_OF: Readonly<Record<OutsideCall, Outside>> = {
  "documents.read": "documents",
  "documents.query": "documents",
  "documents.commit": "documents",
  "documents.sweep": "sweep",
  "documents.changes": "sweep",
  "documents.ping": "documents",
  "queue.send": "queue",
  "blobs.write": "files",
  "blobs.read": "files",
  "blobs.remove": "blobs",
  "blobs.ping": "blobs",
  "secrets.encrypt": "secrets",
  "secrets.decrypt": "secrets",
  "secrets.ping": "secrets",
  "realtime.publish": "realtime",
  "realtime.negotiate": "realtime",
  "realtime.closeUser": "realtime",
  "realtime.ping": "realtime",
  provider: "provider",
  "provider.file": "providerFile",
};

/** Milliseconds that these calls take at most, one after the other, if none of them fails. */
export function longest(calls: readonly OutsideCall[]): number {
  return calls.reduce((sum, call) => sum + DEADLINES[DEADLINE_OF[call]], 0);
}
