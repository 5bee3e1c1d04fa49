import { makeStyles, Text, Title3, tokens } from "@fluentui/react-components";
import type { ReactNode } from "react";

const useStyles = makeStyles({
  head: {
    display: "flex",
    alignItems: "start",
    justifyContent: "space-between",
    gap: tokens.spacingHorizontalL,
    marginBottom: tokens.spacingVerticalXL,
  },
  title: { margin: 0 },
  words: { display: "flex", flexDirection: "column", gap: "2px" },
  quiet: { color: tokens.colorNeutralForeground3 },
});

interface Props {
  readonly title: string;
  readonly words?: string;
  readonly action?: ReactNode;
  readonly children: ReactNode;
}

/** One page of the settings under its heading. */
export function Section({ title, words, action, children }: Props) {
  const styles = useStyles();
  return (
    <section>
      <div className={styles.head}>
        <div className={styles.words}>
          <Title3 as="h2" className={styles.title}>
            {title}
          </Title3>
          {words !== undefined && <Text className={styles.quiet}>{words}</Text>}
        </div>
        {action}
      </div>
      {children}
    </section>
  );
}
