import { makeStyles, Skeleton, SkeletonItem, tokens } from "@fluentui/react-components";

const useStyles = makeStyles({
  root: {
    flexGrow: 1,
    display: "flex",
    flexDirection: "column",
    justifyContent: "flex-end",
    gap: tokens.spacingVerticalM,
    padding: tokens.spacingHorizontalL,
    overflow: "hidden",
  },
  item: { borderRadius: "12px" },
  right: { marginLeft: "auto" },
});

const SHAPES = [
  { width: "38%", height: 34, right: false },
  { width: "52%", height: 54, right: false },
  { width: "44%", height: 34, right: true },
  { width: "30%", height: 34, right: false },
  { width: "56%", height: 74, right: true },
];

/** The thread's shape while it is fetched. */
export function ThreadSkeleton() {
  const styles = useStyles();
  return (
    <Skeleton className={styles.root} aria-label="Loading messages" animation="pulse">
      {SHAPES.map(({ width, height, right }) => (
        <SkeletonItem
          key={width}
          className={right ? `${styles.item} ${styles.right}` : styles.item}
          style={{ width, height }}
        />
      ))}
    </Skeleton>
  );
}
