import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { ArrowForward16Regular } from "@fluentui/react-icons/svg/arrow-forward";
import { memo } from "react";
import type { Message } from "../../../shared/conversations/model.ts";
import { clock, fullTime } from "../ui/times.ts";
import { Content } from "./content/Content.tsx";
import { useThread } from "./context.ts";
import { Failed, Unsent } from "./Failed.tsx";
import { MessageActions } from "./MessageActions.tsx";
import { Ticks } from "./Ticks.tsx";
import { isEmojiOnly } from "./textParts.ts";
import { lineOf } from "./words.ts";

const ACTIONS = "cb-actions";
const META = "cb-meta";

const useStyles = makeStyles({
  line: {
    display: "flex",
    alignItems: "center",
    gap: tokens.spacingHorizontalXS,
    width: "100%",
    [`& .${ACTIONS}`]: { opacity: 0, flexShrink: 0 },
    [`&:hover .${ACTIONS}, &:focus-within .${ACTIONS}`]: { opacity: 1 },
    "@media (hover: none)": { [`& .${ACTIONS}`]: { opacity: 1 } },
  },
  mirrored: { flexDirection: "row-reverse" },
  bubble: {
    position: "relative",
    minWidth: "64px",
    maxWidth: "min(560px, 82%)",
    padding: "6px 10px",
    borderRadius: "12px",
    fontSize: tokens.fontSizeBase300,
    color: tokens.colorNeutralForeground1,
  },
  inbound: { backgroundColor: tokens.colorNeutralBackground6 },
  outbound: { backgroundColor: tokens.colorBrandBackground2 },
  firstIn: { borderTopLeftRadius: "4px" },
  firstOut: { borderTopRightRadius: "4px" },
  bare: { backgroundColor: "transparent", padding: "0" },
  media: { padding: "4px 4px 6px", [`& > .${META}`]: { marginRight: "6px" } },
  failed: { boxShadow: `inset 0 0 0 1px ${tokens.colorStatusDangerBorder1}` },
  meta: {
    float: "right",
    display: "inline-flex",
    alignItems: "center",
    gap: "3px",
    height: "14px",
    margin: "6px 0 -3px 10px",
    color: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase100,
    fontVariantNumeric: "tabular-nums",
    userSelect: "none",
  },
  metaLow: { marginTop: "24px" },
  forwarded: {
    display: "flex",
    alignItems: "center",
    gap: "3px",
    color: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase200,
    fontStyle: "italic",
  },
  quote: {
    display: "block",
    width: "100%",
    marginBottom: "4px",
    padding: "3px 8px",
    border: "none",
    borderLeft: `3px solid ${tokens.colorCompoundBrandStroke}`,
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackgroundAlpha,
    color: tokens.colorNeutralForeground2,
    fontSize: tokens.fontSizeBase200,
    lineHeight: tokens.lineHeightBase200,
    textAlign: "left",
    cursor: "pointer",
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  quoteText: {
    display: "block",
    overflow: "hidden",
    textOverflow: "ellipsis",
    whiteSpace: "nowrap",
    maxWidth: "340px",
  },
  strong: { fontWeight: tokens.fontWeightSemibold },
  reactions: { display: "flex", gap: "3px", marginTop: "-5px", paddingInline: "8px", zIndex: 1 },
  reaction: {
    padding: "0 6px",
    borderRadius: tokens.borderRadiusCircular,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
    fontSize: "13px",
    lineHeight: "20px",
  },
});

const MEDIA = new Set<Message["type"]>(["image", "video"]);

interface Props {
  readonly message: Message;
  readonly itemKey: string;
  readonly first: boolean;
}

/** One inbound or outbound message. */
export const Bubble = memo(function Bubble({ message, itemKey, first }: Props) {
  const styles = useStyles();
  const { mayHandle, conversation } = useThread();
  const outbound = message.direction === "outbound";
  const large = message.type === "text" && isEmojiOnly(message.text);
  const local = message.id.startsWith("local:");
  return (
    <>
      <div className={mergeClasses(styles.line, outbound && styles.mirrored)}>
        <div
          data-testid="message"
          data-id={message.id}
          data-anchor={itemKey}
          data-type={message.type}
          data-direction={message.direction}
          data-status={message.status ?? ""}
          className={mergeClasses(
            styles.bubble,
            outbound ? styles.outbound : styles.inbound,
            first && (outbound ? styles.firstOut : styles.firstIn),
            MEDIA.has(message.type) && styles.media,
            message.type === "sticker" && styles.bare,
            message.status === "failed" && styles.failed,
          )}
        >
          {message.forwarded && (
            <span className={styles.forwarded}>
              <ArrowForward16Regular /> Forwarded
            </span>
          )}
          {message.replyTo !== null && <Quote id={message.replyTo} />}
          <Content message={message} />
          <span className={mergeClasses(META, styles.meta, large && styles.metaLow)}>
            <time dateTime={message.sentAt} title={fullTime(new Date(message.sentAt))}>
              {clock(new Date(message.sentAt))}
            </time>
            <Ticks message={message} />
          </span>
        </div>
        {mayHandle && !local && conversation.status !== "closed" && (
          <span className={ACTIONS}>
            <MessageActions message={message} />
          </span>
        )}
      </div>
      <Reactions message={message} />
      {local ? <Unsent localId={message.id} /> : <Failed message={message} />}
    </>
  );
});

function Quote({ id }: { readonly id: string }) {
  const styles = useStyles();
  const { find, speaker, jumpTo } = useThread();
  const quoted = find(id);
  return (
    <button type="button" className={styles.quote} onClick={() => jumpTo(id)}>
      {quoted === undefined ? (
        "An earlier message"
      ) : (
        <>
          <span className={mergeClasses(styles.quoteText, styles.strong)}>{speaker(quoted)}</span>
          <span className={styles.quoteText}>{lineOf(quoted)}</span>
        </>
      )}
    </button>
  );
}

function Reactions({ message }: { readonly message: Message }) {
  const styles = useStyles();
  const { nameOf } = useThread();
  const shown = message.reactions.filter(({ emoji }) => emoji !== "");
  if (shown.length === 0) return null;
  return (
    <div className={styles.reactions}>
      {shown.map(({ from, emoji }) => (
        <span
          key={from}
          className={styles.reaction}
          title={nameOf(from)}
          role="img"
          aria-label={`${nameOf(from)} reacted with ${emoji}`}
          data-testid="reaction"
        >
          {emoji}
        </span>
      ))}
    </div>
  );
}
