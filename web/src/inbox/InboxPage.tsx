import { makeStyles, tokens } from "@fluentui/react-components";
import { ChatMultiple24Regular } from "@fluentui/react-icons/svg/chat-multiple";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTitle } from "../app/title.ts";
import { ContactPane } from "../contacts/ContactPane.tsx";
import { ConversationPane } from "../thread/ConversationPane.tsx";
import { Empty } from "../ui/Empty.tsx";
import { useStore } from "../ui/store.ts";
import { NARROW, NO_THIRD_PANE, useMedia } from "../ui/useMedia.ts";
import { ConversationList } from "./ConversationList.tsx";
import { conversationsQuery } from "./conversations.ts";
import { ListHeader } from "./ListHeader.tsx";
import { CONTACT_LIMITS, contactShown, contactWidth, LIST_LIMITS, listWidth } from "./paneWidths.ts";
import { Splitter } from "./Splitter.tsx";
import { useListKeys } from "./useListKeys.ts";
import { DEFAULT_VIEW, type View } from "./views.ts";

const useStyles = makeStyles({
  panes: { position: "relative", display: "flex", height: "100%", minWidth: 0 },
  list: { display: "flex", flexDirection: "column", flexShrink: 0, minHeight: 0, height: "100%" },
  whole: { flexGrow: 1, minWidth: 0 },
  thread: { flexGrow: 1, minWidth: 0, height: "100%" },
  contact: { flexShrink: 0, height: "100%", overflow: "hidden" },
  over: {
    position: "absolute",
    top: 0,
    bottom: 0,
    right: 0,
    width: "min(340px, 100%)",
    zIndex: 5,
    backgroundColor: tokens.colorNeutralBackground1,
    borderLeft: `1px solid ${tokens.colorNeutralStroke2}`,
    boxShadow: tokens.shadow28,
  },
});

/** List, thread and contact beside each other; below 900 px one at a time. */
export function InboxPage() {
  const styles = useStyles();
  const { conversationId } = useParams({ strict: false });
  const { view = DEFAULT_VIEW } = useSearch({ from: "/desk/inbox" });
  const narrow = useMedia(NARROW);
  const noThird = useMedia(NO_THIRD_PANE);
  const beside = useStore(contactShown) && !noThird;
  const [over, setOver] = useState(false);
  const widthOfList = useStore(listWidth);
  const widthOfContact = useStore(contactWidth);
  useTitle(conversationId === undefined ? "Inbox" : undefined);
  useListKeys(view, conversationId);

  const showList = !narrow || conversationId === undefined;
  const showThread = !narrow || conversationId !== undefined;
  return (
    <div className={styles.panes}>
      {showList && (
        <section
          className={`${styles.list} ${narrow ? styles.whole : ""}`}
          style={narrow ? undefined : { width: widthOfList }}
          aria-label="Conversations"
        >
          <ListHeader view={view} />
          <ConversationList key={view} view={view} selectedId={conversationId} />
        </section>
      )}
      {!narrow && <Splitter width={listWidth} limits={LIST_LIMITS} side="before" label="Width of the list" />}
      {showThread && (
        <div className={styles.thread}>
          {conversationId === undefined ? (
            <NoneOpen view={view} />
          ) : (
            <ConversationPane
              key={conversationId}
              conversationId={conversationId}
              narrow={narrow}
              contactOpen={noThird ? over : beside}
              onToggleContact={() => (noThird ? setOver(!over) : contactShown.set(!beside))}
            />
          )}
        </div>
      )}
      {conversationId !== undefined && beside && (
        <>
          <Splitter width={contactWidth} limits={CONTACT_LIMITS} side="after" label="Width of the contact" />
          <div className={styles.contact} style={{ width: widthOfContact }}>
            <ContactPane conversationId={conversationId} />
          </div>
        </>
      )}
      {conversationId !== undefined && noThird && over && (
        <div className={styles.over}>
          <ContactPane conversationId={conversationId} onClose={() => setOver(false)} />
        </div>
      )}
    </div>
  );
}

/** Beside a list with something in it, how to go through it; otherwise the list itself says what to do. */
function NoneOpen({ view }: { readonly view: View }) {
  const { data } = useInfiniteQuery(conversationsQuery(view));
  if (data === undefined || data.pages.every(({ items }) => items.length === 0)) return null;
  return (
    <Empty title="Choose a conversation" icon={<ChatMultiple24Regular />}>
      Use J and K to move through the list.
    </Empty>
  );
}
