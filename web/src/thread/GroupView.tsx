import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { memo } from "react";
import { clock, fullTime } from "../ui/times.ts";
import { Bubble } from "./Bubble.tsx";
import { Album } from "./content/Album.tsx";
import { useThread } from "./context.ts";
import { Note } from "./Note.tsx";
import type { Group } from "./rows.ts";
import { Ticks } from "./Ticks.tsx";

const useStyles = makeStyles({
  group: { display: "flex", flexDirection: "column", gap: "3px", alignItems: "flex-start" },
  outbound: { alignItems: "flex-end" },
  who: {
    paddingInline: "4px",
    color: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase200,
    lineHeight: tokens.lineHeightBase200,
  },
  albumMeta: {
    display: "flex",
    alignItems: "center",
    gap: "3px",
    paddingInline: "4px",
    color: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase100,
  },
});

/** What one person said in a row. */
export const GroupView = memo(function GroupView({ group }: { readonly group: Group }) {
  const styles = useStyles();
  const { speaker } = useThread();
  const outbound = group.direction === "outbound";
  const [first] = group.items;
  const one = first?.kind === "album" ? first.messages[0] : first?.message;
  const colleague = outbound && one !== undefined && one.author !== null ? speaker(one) : undefined;
  return (
    <div className={mergeClasses(styles.group, outbound && styles.outbound)}>
      {colleague !== undefined && colleague !== "You" && <span className={styles.who}>{colleague}</span>}
      {group.items.map((item, index) => {
        if (item.kind === "album") {
          const last = item.messages.at(-1);
          return (
            <div key={item.key} data-anchor={item.key}>
              <Album messages={item.messages} />
              {last !== undefined && (
                <span className={styles.albumMeta} title={fullTime(new Date(last.sentAt))}>
                  {clock(new Date(last.sentAt))} <Ticks message={last} />
                </span>
              )}
            </div>
          );
        }
        const { message, key } = item;
        return message.direction === "note" ? (
          <Note key={key} message={message} itemKey={key} />
        ) : (
          <Bubble key={key} message={message} itemKey={key} first={index === 0} />
        );
      })}
    </div>
  );
});
