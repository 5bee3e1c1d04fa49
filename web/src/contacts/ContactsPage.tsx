import {
  Avatar,
  makeStyles,
  mergeClasses,
  Skeleton,
  SkeletonItem,
  Spinner,
  Text,
  tokens,
} from "@fluentui/react-components";
import { People24Regular } from "@fluentui/react-icons/svg/people";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { wordsOf } from "../api/problem.ts";
import { useTitle } from "../app/title.ts";
import { Empty } from "../ui/Empty.tsx";
import { Failure } from "../ui/Failure.tsx";
import { NARROW, useMedia } from "../ui/useMedia.ts";
import { ContactDetail } from "./ContactDetail.tsx";
import { contactsQuery } from "./contact.ts";
import { addressOf, contactName } from "./names.ts";

const ROW = 52;

const useStyles = makeStyles({
  panes: { display: "flex", height: "100%" },
  list: {
    width: "360px",
    flexShrink: 0,
    overflowY: "auto",
    paddingBlock: tokens.spacingVerticalXS,
    borderRight: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  whole: { width: "100%", borderRight: "none" },
  rows: { position: "relative", margin: 0, padding: 0, listStyleType: "none" },
  item: { position: "absolute", top: 0, left: 0, right: 0 },
  row: {
    display: "grid",
    gridTemplateColumns: "32px minmax(0, 1fr)",
    columnGap: tokens.spacingHorizontalMNudge,
    alignItems: "center",
    height: `${ROW}px`,
    marginInline: tokens.spacingHorizontalXS,
    paddingInline: tokens.spacingHorizontalM,
    borderRadius: tokens.borderRadiusLarge,
    color: tokens.colorNeutralForeground1,
    textDecorationLine: "none",
    ":hover": { backgroundColor: tokens.colorNeutralBackground1Hover },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: "-2px" },
  },
  selected: { backgroundColor: tokens.colorNeutralBackground1Selected },
  words: { display: "flex", flexDirection: "column", minWidth: 0 },
  line: { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  quiet: { color: tokens.colorNeutralForeground3 },
  detail: { flexGrow: 1, minWidth: 0, overflowY: "auto" },
  skeleton: {
    display: "flex",
    flexDirection: "column",
    gap: tokens.spacingVerticalL,
    padding: tokens.spacingHorizontalL,
  },
});

/** The people outside, by name. */
export function ContactsPage() {
  const styles = useStyles();
  const { contactId } = useParams({ strict: false });
  const narrow = useMedia(NARROW);
  const scroll = useRef<HTMLDivElement>(null);
  const query = useInfiniteQuery(contactsQuery);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  useTitle(contactId === undefined ? "Contacts" : undefined);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW,
    overscan: 8,
  });
  const shown = virtual.getVirtualItems();
  const nearEnd = (shown.at(-1)?.index ?? 0) >= items.length - 8;
  useEffect(() => {
    if (nearEnd && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [nearEnd, hasNextPage, isFetchingNextPage, fetchNextPage]);

  return (
    <div className={styles.panes}>
      {(!narrow || contactId === undefined) && (
        <div className={mergeClasses(styles.list, narrow && styles.whole)} ref={scroll}>
          {query.isPending && <Waiting />}
          {query.isError && items.length === 0 && (
            <Failure
              title="The contacts could not be loaded"
              words={wordsOf(query.error)}
              onRetry={() => void query.refetch()}
            />
          )}
          {query.isSuccess && items.length === 0 && (
            <Empty title="No contacts yet" icon={<People24Regular />}>
              Everybody who writes to one of your numbers becomes a contact.
            </Empty>
          )}
          <ul className={styles.rows} style={{ height: virtual.getTotalSize() }}>
            {shown.map(({ key, index, start }) => {
              const contact = items[index];
              if (contact === undefined) return null;
              const address = addressOf(contact);
              return (
                <li key={key} className={styles.item} style={{ transform: `translateY(${start}px)` }}>
                  <Link
                    to="/contacts/$contactId"
                    params={{ contactId: contact.id }}
                    className={mergeClasses(styles.row, contact.id === contactId && styles.selected)}
                    data-testid="contact-row"
                  >
                    <Avatar name={contact.name} size={32} color="neutral" aria-hidden="true" />
                    <span className={styles.words}>
                      <Text className={styles.line}>{contactName(contact)}</Text>
                      {contact.name !== "" && (
                        <Text size={200} className={mergeClasses(styles.line, styles.quiet)}>
                          {address ?? "Without a number"}
                        </Text>
                      )}
                    </span>
                  </Link>
                </li>
              );
            })}
          </ul>
          {isFetchingNextPage && <Spinner size="tiny" aria-label="Loading more" />}
        </div>
      )}
      {(!narrow || contactId !== undefined) && (
        <div className={styles.detail}>
          {contactId === undefined ? (
            <Empty title="Choose a contact" icon={<People24Regular />} />
          ) : (
            <ContactDetail key={contactId} contactId={contactId} narrow={narrow} />
          )}
        </div>
      )}
    </div>
  );
}

function Waiting() {
  const styles = useStyles();
  return (
    <Skeleton className={styles.skeleton} aria-label="Loading contacts">
      {["60%", "48%", "66%", "52%", "58%"].map((width) => (
        <SkeletonItem key={width} size={20} style={{ width }} />
      ))}
    </Skeleton>
  );
}
