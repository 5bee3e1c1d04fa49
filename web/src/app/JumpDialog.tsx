import { Dialog, DialogSurface, makeStyles, mergeClasses, Text, tokens } from "@fluentui/react-components";
import { Search20Regular } from "@fluentui/react-icons/svg/search";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useMemo, useState } from "react";
import type { Conversation } from "../../../shared/conversations/model.ts";
import { keys } from "../api/keys.ts";
import { contactName, identityWords } from "../contacts/names.ts";
import type { Pages } from "../realtime/merge.ts";
import { Time } from "../ui/Time.tsx";
import { queryClient } from "./queryClient.ts";

const useStyles = makeStyles({
  surface: { width: "min(560px, 92vw)", padding: 0, top: "12vh", marginTop: 0, overflow: "hidden" },
  field: {
    display: "flex",
    alignItems: "center",
    gap: tokens.spacingHorizontalS,
    padding: `${tokens.spacingVerticalM} ${tokens.spacingHorizontalL}`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    color: tokens.colorNeutralForeground3,
  },
  input: {
    flexGrow: 1,
    border: "none",
    outlineStyle: "none",
    backgroundColor: "transparent",
    color: tokens.colorNeutralForeground1,
    fontSize: tokens.fontSizeBase400,
  },
  list: { maxHeight: "50vh", overflowY: "auto", padding: tokens.spacingVerticalXS },
  option: {
    display: "grid",
    gridTemplateColumns: "minmax(0, 1fr) auto",
    columnGap: tokens.spacingHorizontalM,
    padding: `${tokens.spacingVerticalSNudge} ${tokens.spacingHorizontalM}`,
    borderRadius: tokens.borderRadiusMedium,
    cursor: "pointer",
  },
  chosen: { backgroundColor: tokens.colorNeutralBackground1Selected },
  quiet: {
    color: tokens.colorNeutralForeground3,
    overflow: "hidden",
    textOverflow: "ellipsis",
    whiteSpace: "nowrap",
  },
  none: { padding: tokens.spacingHorizontalL, color: tokens.colorNeutralForeground3 },
});

const LIMIT = 12;

/** Jumps to a conversation that is loaded, by its contact's name, address or first line. */
export function JumpDialog({ onClose }: { readonly onClose: () => void }) {
  const styles = useStyles();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [index, setIndex] = useState(0);
  const all = useMemo(loadedConversations, []);
  const found = all.filter((conversation) => matches(conversation, text)).slice(0, LIMIT);
  const chosen = found[Math.min(index, found.length - 1)];

  function go(conversation: Conversation | undefined) {
    if (conversation === undefined) return;
    onClose();
    void navigate({
      to: "/inbox/$conversationId",
      params: { conversationId: conversation.id },
      search: (before) => before,
    });
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Enter") go(chosen);
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    setIndex((before) => Math.max(0, Math.min(found.length - 1, before + step)));
  }

  return (
    <Dialog open onOpenChange={(_, { open }) => !open && onClose()}>
      <DialogSurface className={styles.surface} aria-label="Find a conversation">
        <div className={styles.field}>
          <Search20Regular />
          <input
            className={styles.input}
            // The dialog was opened to type here.
            autoFocus
            role="combobox"
            aria-expanded="true"
            aria-controls="jump-list"
            aria-activedescendant={chosen?.id}
            aria-label="Name, number or words of the last message"
            placeholder="Name, number or words of the last message"
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setIndex(0);
            }}
            onKeyDown={onKeyDown}
          />
        </div>
        <div className={styles.list} id="jump-list" role="listbox" aria-label="Conversations">
          {found.length === 0 && <div className={styles.none}>No loaded conversation matches.</div>}
          {found.map((conversation) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field above handles the keys of its list
            <div
              key={conversation.id}
              id={conversation.id}
              role="option"
              tabIndex={-1}
              aria-selected={conversation === chosen}
              className={mergeClasses(styles.option, conversation === chosen && styles.chosen)}
              onClick={() => go(conversation)}
            >
              <Text weight="semibold">{contactName(conversation.contact)}</Text>
              <Time at={conversation.lastMessageAt} className={styles.quiet} />
              <Text size={200} className={styles.quiet}>
                {conversation.lastMessage?.preview ?? ""}
              </Text>
            </div>
          ))}
        </div>
      </DialogSurface>
    </Dialog>
  );
}

function loadedConversations(): readonly Conversation[] {
  const lists = queryClient.getQueriesData<Pages<Conversation>>({ queryKey: keys.conversationLists });
  const byId = new Map<string, Conversation>();
  for (const [, pages] of lists) {
    for (const one of pages?.pages.flatMap(({ items }) => items) ?? []) byId.set(one.id, one);
  }
  return [...byId.values()].sort((a, b) => b.lastMessageAt.localeCompare(a.lastMessageAt));
}

function matches({ contact, lastMessage }: Conversation, text: string): boolean {
  const sought = text.trim().toLowerCase();
  if (sought === "") return true;
  const words = [contactName(contact), ...contact.identities.map(identityWords), lastMessage?.preview ?? ""];
  const digits = sought.replace(/\D/g, "");
  const byNumber = digits.length >= 3 && contact.identities.some(({ value }) => value.includes(digits));
  return byNumber || words.some((word) => word.toLowerCase().includes(sought));
}
