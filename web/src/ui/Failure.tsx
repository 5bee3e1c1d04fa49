import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { PlugDisconnected24Regular } from "@fluentui/react-icons/svg/plug-disconnected";

const useStyles = makeStyles({
  root: {
    height: "100%",
    display: "flex",
    flexDirection: "column",
    alignItems: "center",
    justifyContent: "center",
    gap: tokens.spacingVerticalS,
    padding: tokens.spacingHorizontalXXL,
    textAlign: "center",
  },
  icon: { color: tokens.colorNeutralForeground4 },
  words: { color: tokens.colorNeutralForeground3, maxWidth: "42ch" },
  retry: { marginTop: tokens.spacingVerticalS },
});

interface Props {
  readonly title: string;
  readonly words: string;
  readonly action?: string;
  readonly onRetry: () => void;
}

/** What stands where something could not be shown: what happened, and the way on. */
export function Failure({ title, words, action = "Try again", onRetry }: Props) {
  const styles = useStyles();
  return (
    <div className={styles.root} role="alert">
      <PlugDisconnected24Regular className={styles.icon} />
      <Text size={400} weight="semibold">
        {title}
      </Text>
      <Text className={styles.words} align="center">
        {words}
      </Text>
      <Button className={styles.retry} onClick={onRetry}>
        {action}
      </Button>
    </div>
  );
}
