import { makeStyles, Skeleton, SkeletonItem, tokens } from "@fluentui/react-components";
import { ROW_HEIGHT } from "./ConversationRow.tsx";

const useStyles = makeStyles({
  row: {
    height: `${ROW_HEIGHT}px`,
    display: "grid",
    gridTemplateColumns: "36px minmax(0, 1fr)",
    columnGap: tokens.spacingHorizontalMNudge,
    alignItems: "center",
    paddingInline: tokens.spacingHorizontalL,
  },
  lines: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalS },
});

const WIDTHS = ["52%", "64%", "40%", "58%", "46%", "61%", "38%", "55%"];

/** The list's shape while it is fetched. */
export function ListSkeleton() {
  const styles = useStyles();
  return (
    <Skeleton aria-label="Loading conversations" animation="pulse">
      {WIDTHS.map((width) => (
        <div key={width} className={styles.row}>
          <SkeletonItem shape="circle" size={36} />
          <div className={styles.lines}>
            <SkeletonItem size={12} style={{ width }} />
            <SkeletonItem size={12} style={{ width: "86%" }} />
          </div>
        </div>
      ))}
    </Skeleton>
  );
}
