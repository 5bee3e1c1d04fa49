import { Avatar, makeStyles, mergeClasses, Tooltip, tokens } from "@fluentui/react-components";
import { ArrowReply16Regular } from "@fluentui/react-icons/svg/arrow-reply";
import { Note16Regular } from "@fluentui/react-icons/svg/note";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { Conversation } from "../../../shared/conversations/model.ts";
import { contactName } from "../contacts/names.ts";
import { ChannelIcon } from "../ui/ChannelIcon.tsx";
import { Time } from "../ui/Time.tsx";

export const ROW_HEIGHT = 64;

const useStyles = makeStyles({
  row: {
    position: "relative",
    height: `${ROW_HEIGHT}px`,
    display: "grid",
    gridTemplateColumns: "36px minmax(0, 1fr)",
    columnGap: tokens.spacingHorizontalMNudge,
    alignItems: "center",
    paddingInline: tokens.spacingHorizontalM,
    marginInline: tokens.spacingHorizontalXS,
    borderRadius: tokens.borderRadiusLarge,
    color: tokens.colorNeutralForeground1,
    textDecorationLine: "none",
    ":hover": { backgroundColor: tokens.colorNeutralBackground1Hover },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: "-2px" },
  },
  selected: {
    backgroundColor: tokens.colorBrandBackground2,
    ":hover": { backgroundColor: tokens.colorBrandBackground2 },
    "::before": {
      content: '""',
      position: "absolute",
      left: "2px",
      top: "18px",
      bottom: "18px",
      width: "3px",
      borderRadius: tokens.borderRadiusCircular,
      backgroundColor: tokens.colorCompoundBrandStroke,
    },
  },
  face: { position: "relative", display: "flex" },
  channel: {
    position: "absolute",
    right: "-2px",
    bottom: "-3px",
    display: "flex",
    padding: "1px",
    borderRadius: tokens.borderRadiusCircular,
    backgroundColor: tokens.colorNeutralBackground1,
  },
  text: { display: "flex", flexDirection: "column", gap: "2px", minWidth: 0 },
  line: { display: "flex", alignItems: "center", gap: tokens.spacingHorizontalSNudge, minWidth: 0, height: "20px" },
  name: {
    flexGrow: 1,
    overflow: "hidden",
    textOverflow: "ellipsis",
    whiteSpace: "nowrap",
    fontSize: tokens.fontSizeBase300,
  },
  strong: { fontWeight: tokens.fontWeightSemibold },
  time: {
    flexShrink: 0,
    color: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase200,
    fontVariantNumeric: "tabular-nums",
  },
  preview: {
    flexGrow: 1,
    display: "flex",
    alignItems: "center",
    gap: tokens.spacingHorizontalXS,
    minWidth: 0,
    color: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase200,
  },
  previewUnread: { color: tokens.colorNeutralForeground1 },
  words: { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  answer: { flexShrink: 0, color: tokens.colorNeutralForeground3 },
  note: { flexShrink: 0, color: tokens.colorPaletteMarigoldForeground2 },
  badge: {
    flexShrink: 0,
    minWidth: "18px",
    height: "18px",
    paddingInline: "5px",
    borderRadius: tokens.borderRadiusCircular,
    backgroundColor: tokens.colorBrandBackground,
    color: tokens.colorNeutralForegroundOnBrand,
    fontSize: tokens.fontSizeBase100,
    fontWeight: tokens.fontWeightSemibold,
    lineHeight: "18px",
    textAlign: "center",
    fontVariantNumeric: "tabular-nums",
  },
  assignee: { flexShrink: 0 },
});

interface Props {
  readonly conversation: Conversation;
  readonly selected: boolean;
  /** Undefined when nobody has it. */
  readonly assigneeName: string | undefined;
}

/** One conversation in the list; a link, so that it opens in a tab of its own as well. */
export const ConversationRow = memo(function ConversationRow({ conversation, selected, assigneeName }: Props) {
  const styles = useStyles();
  const { contact, lastMessage, unread } = conversation;
  const name = contactName(contact);
  const isUnread = unread > 0;
  return (
    <Link
      to="/inbox/$conversationId"
      params={{ conversationId: conversation.id }}
      search={(before) => before}
      className={mergeClasses(styles.row, selected && styles.selected)}
      aria-current={selected ? "true" : undefined}
      data-testid="conversation-row"
      data-id={conversation.id}
    >
      <span className={styles.face}>
        <Avatar name={contact.name} size={36} color="neutral" aria-hidden="true" />
        <span className={styles.channel}>
          <ChannelIcon channel={conversation.channel} size={14} />
        </span>
      </span>
      <span className={styles.text}>
        <span className={styles.line}>
          <span className={mergeClasses(styles.name, isUnread && styles.strong)}>{name}</span>
          <Time at={conversation.lastMessageAt} className={styles.time} />
        </span>
        <span className={styles.line}>
          <span className={mergeClasses(styles.preview, isUnread && styles.previewUnread)}>
            {lastMessage?.direction === "note" && <Note16Regular className={styles.note} aria-label="Note" />}
            {lastMessage?.direction === "outbound" && (
              <ArrowReply16Regular className={styles.answer} aria-label="Answered" />
            )}
            <span className={styles.words}>{lastMessage?.preview ?? ""}</span>
          </span>
          {isUnread && (
            <span className={styles.badge} role="img" aria-label={`${unread} unread`}>
              {unread > 99 ? "99+" : unread}
            </span>
          )}
          {assigneeName !== undefined && (
            <Tooltip content={`Assigned to ${assigneeName}`} relationship="label">
              <Avatar className={styles.assignee} name={assigneeName} size={20} color="brand" />
            </Tooltip>
          )}
        </span>
      </span>
    </Link>
  );
});
