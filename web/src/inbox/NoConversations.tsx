import { Link } from "@fluentui/react-components";
import { ChatMultiple24Regular } from "@fluentui/react-icons/svg/chat-multiple";
import { CheckmarkCircle24Regular } from "@fluentui/react-icons/svg/checkmark-circle";
import { useQuery } from "@tanstack/react-query";
import { useMay } from "../session/me.ts";
import { channelsQuery } from "../settings/channels.ts";
import { Empty } from "../ui/Empty.tsx";
import { useSimulator } from "./simulator.ts";
import type { View } from "./views.ts";

const WORDS: Readonly<Record<View, { title: string; words: string }>> = {
  mine: { title: "Nothing is assigned to you", words: "Take a conversation from Unassigned, and it appears here." },
  unassigned: { title: "Everything has somebody", words: "New conversations appear here until somebody takes them." },
  open: { title: "No open conversations", words: "When a customer writes, the conversation appears here by itself." },
  snoozed: { title: "Nothing is snoozed", words: "Snoozed conversations wait here until their time comes." },
  closed: { title: "Nothing has been closed yet", words: "Closed conversations are kept here." },
};

/** An empty list says what to do next; on the first day, how to get a first message. */
export function NoConversations({ view }: { readonly view: View }) {
  const may = useMay();
  const simulator = useSimulator();
  const channels = useQuery({ ...channelsQuery, enabled: may("configuration.read") });
  const { title, words } = WORDS[view];
  const first = channels.data?.items.length === 0;
  if (first && view !== "closed" && view !== "snoozed") {
    return (
      <Empty
        title="Connect your first number"
        icon={<ChatMultiple24Regular />}
        {...(may("configuration.write") && {
          link: { to: "/settings/whatsapp/new", label: "Connect a WhatsApp number" },
        })}
      >
        {may("configuration.write")
          ? "Messages that customers send to it appear here."
          : "Ask an administrator to connect a WhatsApp number. Messages to it appear here."}
      </Empty>
    );
  }
  return (
    <Empty
      title={title}
      icon={view === "open" ? <ChatMultiple24Regular /> : <CheckmarkCircle24Regular />}
      {...(simulator &&
        view === "open" && {
          actions: (
            <Link href="/simulator/phones" target="_blank" rel="noreferrer">
              Open the phone simulator
            </Link>
          ),
        })}
    >
      {words}
    </Empty>
  );
}
