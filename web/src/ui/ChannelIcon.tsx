import { tokens } from "@fluentui/react-components";
import { Call16Regular } from "@fluentui/react-icons/svg/call";
import { Mail16Regular } from "@fluentui/react-icons/svg/mail";
import type { ChannelKind } from "../../../shared/conversations/model.ts";

export const CHANNEL_WORDS: Readonly<Record<ChannelKind, string>> = {
  whatsapp: "WhatsApp",
  email: "E-mail",
  voice: "Phone",
};

/** The channel a conversation is on. */
export function ChannelIcon({ channel, size = 16 }: { readonly channel: ChannelKind; readonly size?: number }) {
  const label = CHANNEL_WORDS[channel];
  if (channel === "email") return <Mail16Regular aria-label={label} />;
  if (channel === "voice") return <Call16Regular aria-label={label} />;
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" role="img" aria-label={label}>
      <path fill={tokens.colorPaletteGreenForeground1} d="M8 1a7 7 0 0 0-6.06 10.5L1 15l3.6-.93A7 7 0 1 0 8 1Z" />
      <path
        fill={tokens.colorNeutralBackground1}
        d="M5.9 4.3c-.2-.4-.4-.4-.7-.4-.5 0-1.3.6-1.3 1.8 0 3 3.4 6.2 6.2 6.2 1.300 0 2-.8 2-1.500 0-.3 0-.4-.3-.5l-1.500-.7c-.2-.1-.4-.1-.5.1l-.6.8c-.1.1-.2.2-.5.1-1-.4-2.300-1.500-2.800-2.600-.1-.2 0-.3.1-.4l.5-.7c.1-.1.1-.3 0-.4l-.6-1.800Z"
      />
    </svg>
  );
}
