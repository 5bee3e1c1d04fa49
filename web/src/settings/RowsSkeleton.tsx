import { Skeleton, SkeletonItem } from "@fluentui/react-components";
import { useRowStyles } from "./rowStyles.ts";

/** The shape of a list of settings while it is fetched. */
export function RowsSkeleton() {
  const styles = useRowStyles();
  return (
    <Skeleton className={styles.list} aria-label="Loading">
      {["42%", "36%", "48%"].map((width) => (
        <div key={width} className={`${styles.item} ${styles.row}`}>
          <SkeletonItem size={16} style={{ width }} />
        </div>
      ))}
    </Skeleton>
  );
}
