import type { Message } from "../../../shared/conversations/model.ts";

/** One line for a message: in a quotation, above the composer, for a screen reader. */
export function lineOf(message: Message): string {
  switch (message.type) {
    case "text":
    case "note":
      return message.text;
    case "image":
      return message.caption ?? "Photo";
    case "video":
      return message.caption ?? "Video";
    case "document":
      return message.caption ?? message.media.fileName ?? "Document";
    case "audio":
      return message.voice ? "Voice message" : "Audio";
    case "sticker":
      return "Sticker";
    case "location":
      return message.name ?? "Location";
    case "contacts":
      return message.contacts.map(({ name }) => name).join(", ");
    case "interactive":
      return message.interactive.body;
    case "choice":
      return message.title;
    case "template":
      return message.text ?? `Template ${message.template.name}`;
    case "unsupported":
      return "Message of a kind that cannot be shown";
  }
}
