import { makeStyles, Text, tokens } from "@fluentui/react-components";
import type { ReactNode } from "react";

const useStyles = makeStyles({
  list: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalM, margin: 0 },
  fact: { display: "flex", flexDirection: "column", gap: "1px", minWidth: 0 },
  term: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  detail: { margin: 0, overflowWrap: "anywhere" },
});

interface Fact {
  readonly key: string;
  readonly term: string;
  readonly detail: ReactNode;
}

/** Facts about somebody or something, one under the other. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  const styles = useStyles();
  return (
    <dl className={styles.list}>
      {facts.map(({ key, term, detail }) => (
        <div key={key} className={styles.fact}>
          <dt className={styles.term}>{term}</dt>
          <dd className={styles.detail}>
            <Text>{detail}</Text>
          </dd>
        </div>
      ))}
    </dl>
  );
}
