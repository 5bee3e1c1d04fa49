import { channel } from "node:diagnostics_channel";

/**
 * How the bundle reaches the local WebSocket server, which lives in the same process but has its own copy of this code.
 * In-process and synchronous, because a loop-back HTTP call per push would cost more than everything else in a push.
 */
const bridge = channel("cordboard.realtime");

export type BridgeCommand =
  | { readonly type: "publish"; readonly group: string; readonly messages: readonly unknown[] }
  | { readonly type: "close-user"; readonly userId: string };

export function sendToBridge(command: BridgeCommand): void {
  bridge.publish(command);
}

/** Calls `listener` with every command; returns how to stop. */
export function listenOnBridge(listener: (command: BridgeCommand) => void): () => void {
  const handler = (message: unknown) => listener(message as BridgeCommand);
  bridge.subscribe(handler);
  return () => bridge.unsubscribe(handler);
}
