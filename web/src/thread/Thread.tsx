import { Button, makeStyles, Spinner, tokens } from "@fluentui/react-components";
import { ArrowDown16Regular } from "@fluentui/react-icons/svg/arrow-down";
import { useEffect, useMemo, useState } from "react";
import { wordsOf } from "../api/problem.ts";
import { outbox } from "../composer/outbox.ts";
import { contactName } from "../contacts/names.ts";
import { usePersonName } from "../session/people.ts";
import { Failure } from "../ui/Failure.tsx";
import { useNow } from "../ui/now.ts";
import { dayWords } from "../ui/times.ts";
import { ThreadContext, type ThreadTools } from "./context.ts";
import { GroupView } from "./GroupView.tsx";
import { Lightbox } from "./Lightbox.tsx";
import { firstUnread, rowsOf } from "./rows.ts";
import { ThreadSkeleton } from "./ThreadSkeleton.tsx";
import { useMarkRead } from "./useMarkRead.ts";
import { useThreadMessages } from "./useThreadMessages.ts";
import { useThreadScroll } from "./useThreadScroll.ts";
import { lineOf } from "./words.ts";

const useStyles = makeStyles({
  root: { position: "relative", flexGrow: 1, minHeight: 0 },
  scroll: { height: "100%", overflowY: "auto", overflowAnchor: "none" },
  content: {
    display: "flex",
    flexDirection: "column",
    gap: "10px",
    minHeight: "100%",
    maxWidth: "920px",
    marginInline: "auto",
    padding: `${tokens.spacingVerticalM} ${tokens.spacingHorizontalL} ${tokens.spacingVerticalL}`,
    justifyContent: "flex-end",
  },
  older: { display: "grid", placeItems: "center", height: "32px" },
  day: {
    display: "flex",
    alignItems: "center",
    gap: tokens.spacingHorizontalM,
    color: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase200,
    "::before": { content: '""', height: "1px", flexGrow: 1, backgroundColor: tokens.colorNeutralStroke3 },
    "::after": { content: '""', height: "1px", flexGrow: 1, backgroundColor: tokens.colorNeutralStroke3 },
  },
  fresh: { color: tokens.colorBrandForeground1, fontWeight: tokens.fontWeightSemibold },
  pill: {
    position: "absolute",
    bottom: tokens.spacingVerticalM,
    left: "50%",
    transform: "translateX(-50%)",
    boxShadow: tokens.shadow8,
  },
  hidden: { position: "absolute", width: "1px", height: "1px", overflow: "hidden", clipPath: "inset(50%)" },
});

type Props = Pick<ThreadTools, "conversation" | "mayHandle" | "reply" | "chooseTemplate" | "takeBack">;

/** What was said, oldest above; what comes is put in without moving what is read. */
export function Thread({ conversation, mayHandle, reply, chooseTemplate, takeBack }: Props) {
  const styles = useStyles();
  const now = useNow();
  const personName = usePersonName();
  const { query, messages } = useThreadMessages(conversation.id);
  const [image, setImage] = useState<string>();
  const [unreadAtOpening] = useState(conversation.unread);
  const [newFrom, setNewFrom] = useState<string>();
  const [lastSeen, setLastSeen] = useState<string>();
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const scroll = useThreadScroll(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  });
  const { atEnd, toEnd, toKey } = scroll;
  useMarkRead(conversation, atEnd && query.isSuccess);

  const last = messages.at(-1);
  const loaded = query.isSuccess;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the line stands where it stood when the thread was opened
  useEffect(() => {
    if (loaded) setNewFrom(firstUnread(messages, unreadAtOpening));
  }, [loaded]);
  useEffect(() => {
    if (atEnd && last !== undefined) setLastSeen(outbox.keyOf(last.id));
  }, [atEnd, last]);
  const mineLast = last?.id.startsWith("local:") ? last.id : undefined;
  useEffect(() => {
    if (mineLast !== undefined) toEnd();
  }, [mineLast, toEnd]);

  const rows = useMemo(() => rowsOf(messages, { newFrom, keyOf: outbox.keyOf }), [messages, newFrom]);
  const unseen = atEnd ? 0 : countAfter(messages, lastSeen);
  const tools = useMemo<ThreadTools>(() => {
    const name = contactName(conversation.contact);
    return {
      conversation,
      mayHandle,
      find: (id) => messages.find((message) => message.id === id),
      speaker: (message) => (message.direction === "inbound" ? name : personName(message.author)),
      nameOf: (from) => (from.startsWith("con_") ? name : personName(from)),
      reply,
      jumpTo: (id) => void toKey(outbox.keyOf(id)),
      openImage: setImage,
      chooseTemplate,
      takeBack,
    };
  }, [conversation, mayHandle, messages, personName, reply, toKey, chooseTemplate, takeBack]);

  if (query.isPending) return <ThreadSkeleton />;
  if (query.isError && messages.length === 0) {
    return (
      <Failure
        title="The messages could not be loaded"
        words={wordsOf(query.error)}
        onRetry={() => void query.refetch()}
      />
    );
  }
  const heard = last?.direction === "inbound" && last.sentAt > conversation.openedAt ? last : undefined;
  return (
    <ThreadContext value={tools}>
      <div className={styles.root} data-testid="thread">
        <div
          className={styles.scroll}
          ref={scroll.scroller}
          onScroll={scroll.onScroll}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
          tabIndex={0}
          role="log"
          aria-label="Messages"
          aria-live="off"
        >
          <div className={styles.content} ref={scroll.content}>
            {isFetchingNextPage && (
              <div className={styles.older}>
                <Spinner size="tiny" aria-label="Loading older messages" />
              </div>
            )}
            {rows.map((row) => {
              if (row.kind === "day") {
                return (
                  <div key={row.key} className={styles.day}>
                    {dayWords(row.at, now)}
                  </div>
                );
              }
              if (row.kind === "new") {
                return (
                  <div key={row.key} className={`${styles.day} ${styles.fresh}`} data-testid="new-line">
                    New
                  </div>
                );
              }
              return <GroupView key={row.key} group={row} />;
            })}
          </div>
        </div>
        {!atEnd && (
          <Button
            className={styles.pill}
            shape="circular"
            size="small"
            appearance={unseen > 0 ? "primary" : "secondary"}
            icon={<ArrowDown16Regular />}
            onClick={toEnd}
            aria-label={unseen > 0 ? `${unseen} new, go to the end` : "Go to the end"}
            data-testid="to-end"
          >
            {unseen > 0 ? `${unseen} new` : undefined}
          </Button>
        )}
        <div className={styles.hidden} aria-live="polite">
          {heard !== undefined && `${tools.speaker(heard)}: ${lineOf(heard)}`}
        </div>
        {image !== undefined && (
          <Lightbox messages={messages} openId={image} onMove={setImage} onClose={() => setImage(undefined)} />
        )}
      </div>
    </ThreadContext>
  );
}

function countAfter(messages: ReturnType<typeof useThreadMessages>["messages"], lastSeen: string | undefined): number {
  if (lastSeen === undefined) return 0;
  const at = messages.findIndex(({ id }) => outbox.keyOf(id) === lastSeen);
  return at === -1 ? 0 : messages.length - 1 - at;
}
