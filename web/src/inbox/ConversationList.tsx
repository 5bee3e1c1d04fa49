import { makeStyles, Spinner, tokens } from "@fluentui/react-components";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { wordsOf } from "../api/problem.ts";
import { usePeople } from "../session/people.ts";
import { Failure } from "../ui/Failure.tsx";
import { ConversationRow, ROW_HEIGHT } from "./ConversationRow.tsx";
import { conversationsQuery } from "./conversations.ts";
import { ListSkeleton } from "./ListSkeleton.tsx";
import { NoConversations } from "./NoConversations.tsx";
import type { View } from "./views.ts";

const useStyles = makeStyles({
  scroll: { flexGrow: 1, overflowY: "auto", minHeight: 0, paddingTop: tokens.spacingVerticalXXS },
  list: { position: "relative", margin: 0, padding: 0, listStyleType: "none" },
  item: { position: "absolute", top: 0, left: 0, right: 0 },
  more: { position: "absolute", bottom: 0, left: 0, right: 0, height: "48px", display: "grid", placeItems: "center" },
});

interface Props {
  readonly view: View;
  readonly selectedId: string | undefined;
}

/** A view's conversations, latest first; fetched as one scrolls. */
export function ConversationList({ view, selectedId }: Props) {
  const styles = useStyles();
  const scroll = useRef<HTMLDivElement>(null);
  const people = usePeople();
  const list = useInfiniteQuery(conversationsQuery(view));
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 6,
    getItemKey: (index) => items[index]?.id ?? index,
  });
  const shown = virtual.getVirtualItems();
  const nearEnd = (shown.at(-1)?.index ?? 0) >= items.length - 8;
  useEffect(() => {
    if (nearEnd && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [nearEnd, hasNextPage, isFetchingNextPage, fetchNextPage]);

  const selectedIndex = items.findIndex(({ id }) => id === selectedId);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new selection scrolls, not a list that moves
  useEffect(() => {
    if (selectedIndex !== -1) virtual.scrollToIndex(selectedIndex, { align: "auto" });
  }, [selectedId]);

  if (list.isPending) return <ListSkeleton />;
  if (list.isError && items.length === 0) {
    return (
      <Failure title="The list could not be loaded" words={wordsOf(list.error)} onRetry={() => void list.refetch()} />
    );
  }
  if (items.length === 0) return <NoConversations view={view} />;
  return (
    <div className={styles.scroll} ref={scroll} data-testid="conversation-list">
      <ul className={styles.list} style={{ height: virtual.getTotalSize() + (isFetchingNextPage ? 48 : 0) }}>
        {shown.map(({ key, index, start }) => {
          const conversation = items[index];
          if (conversation === undefined) return null;
          const assignee = people.find(({ id }) => id === conversation.assignee);
          return (
            <li key={key} className={styles.item} style={{ transform: `translateY(${start}px)` }}>
              <ConversationRow
                conversation={conversation}
                selected={conversation.id === selectedId}
                assigneeName={assignee?.name}
              />
            </li>
          );
        })}
        {isFetchingNextPage && (
          <li className={styles.more}>
            <Spinner size="tiny" aria-label="Loading more" />
          </li>
        )}
      </ul>
    </div>
  );
}
