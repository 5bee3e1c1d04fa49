import { makeStyles, mergeClasses, Spinner, Text, tokens } from "@fluentui/react-components";
import { Warning16Regular } from "@fluentui/react-icons/svg/warning";
import type { ReactNode } from "react";
import type { MessageMedia } from "../../../../shared/conversations/content.ts";

const useStyles = makeStyles({
  root: {
    display: "flex",
    alignItems: "center",
    gap: tokens.spacingHorizontalS,
    color: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase200,
    padding: tokens.spacingVerticalXS,
  },
  failed: { color: tokens.colorStatusDangerForeground1 },
});

interface Props {
  readonly media: MessageMedia;
  readonly what: string;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}

/** The file when it is there; before, that it is coming, and if it never will, why. */
export function MediaFrame({ media, what, className, children }: Props) {
  const styles = useStyles();
  if (media.status === "stored") return children;
  if (media.status === "pending") {
    return (
      <div className={mergeClasses(styles.root, className)} role="status" data-media="pending">
        <Spinner size="extra-tiny" /> <Text size={200}>{what} is on its way</Text>
      </div>
    );
  }
  return (
    <div className={mergeClasses(styles.root, styles.failed, className)} data-media="failed">
      <Warning16Regular />
      <Text size={200}>
        {what} could not be kept. {media.error ?? "Ask for it again."}
      </Text>
    </div>
  );
}
