import { z } from "zod";

export const RELIABLE_PROTOCOL = "json.reliable.webpubsub.azure.v1";
export const PLAIN_PROTOCOL = "json.webpubsub.azure.v1";

const AckId = z.number().int().min(0).optional();
const Group = z.string().min(1).max(1024);

/** What a client may send. Other types exist on Azure (streams, invocations) and are ignored here. */
const ClientMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("joinGroup"), group: Group, ackId: AckId }),
  z.object({ type: z.literal("leaveGroup"), group: Group, ackId: AckId }),
  z.object({
    type: z.literal("sendToGroup"),
    group: Group,
    ackId: AckId,
    noEcho: z.boolean().optional(),
    dataType: z.enum(["json", "text", "binary", "protobuf"]),
    data: z.unknown(),
  }),
  z.object({ type: z.literal("event"), event: z.string(), ackId: AckId }),
  z.object({ type: z.literal("sequenceAck"), sequenceId: z.number().int().min(0) }),
  z.object({ type: z.literal("ping") }),
]);
export type ClientMessage = z.infer<typeof ClientMessage>;

/** Undefined for what is no message of the protocol; throws never. */
export function parseClientMessage(text: string): ClientMessage | undefined {
  try {
    return ClientMessage.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export function connectedMessage(userId: string, connectionId: string, reconnectionToken: string | undefined): string {
  return JSON.stringify({ type: "system", event: "connected", userId, connectionId, reconnectionToken });
}

export function disconnectedMessage(message: string): string {
  return JSON.stringify({ type: "system", event: "disconnected", message });
}

export type AckErrorName = "Forbidden" | "Duplicate" | "NotFound";

export function ackMessage(ackId: number, error?: { name: AckErrorName; message: string }): string {
  return JSON.stringify({ type: "ack", ackId, success: error === undefined, ...(error && { error }) });
}

export const PONG = JSON.stringify({ type: "pong" });

/** A message to a group, serialised once for all its members; each adds its own sequence number. */
export interface GroupMessage {
  /** Without the closing brace. */
  readonly head: string;
}

export function groupMessage(group: string, dataType: string, data: unknown, fromUserId?: string): GroupMessage {
  const message = { type: "message", from: "group", fromUserId, group, dataType, data };
  return { head: JSON.stringify(message).slice(0, -1) };
}

export function frameOf({ head }: GroupMessage, sequenceId: number | undefined): string {
  return sequenceId === undefined ? `${head}}` : `${head},"sequenceId":${sequenceId}}`;
}
