import { Card, MessageBar, MessageBarBody, makeStyles, Text, Title3, tokens } from "@fluentui/react-components";
import type { ReactNode } from "react";
import { Logo } from "../ui/Logo.tsx";

const useStyles = makeStyles({
  root: {
    height: "100%",
    overflowY: "auto",
    display: "grid",
    gridTemplateRows: "1fr auto 1fr",
    justifyItems: "center",
    padding: `${tokens.spacingVerticalXXL} ${tokens.spacingHorizontalL}`,
  },
  brand: {
    alignSelf: "end",
    display: "flex",
    alignItems: "center",
    gap: tokens.spacingHorizontalS,
    marginBottom: tokens.spacingVerticalXXL,
  },
  card: {
    width: "min(400px, 100%)",
    padding: `${tokens.spacingVerticalXXL} ${tokens.spacingHorizontalXXXL} 28px`,
    boxShadow: tokens.shadow8,
    borderRadius: tokens.borderRadiusXLarge,
    gap: 0,
  },
  title: { margin: 0 },
  lead: { color: tokens.colorNeutralForeground3, marginTop: tokens.spacingVerticalXS },
  form: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalL, marginTop: tokens.spacingVerticalXL },
  foot: { marginTop: tokens.spacingVerticalXL, color: tokens.colorNeutralForeground3 },
});

interface Props {
  readonly title: string;
  readonly lead: string;
  readonly problem: string | undefined;
  readonly foot: ReactNode;
  readonly children: ReactNode;
  readonly onSubmit: () => void;
}

/** The calm page around the sign-in and sign-up forms. */
export function AuthPage({ title, lead, problem, foot, children, onSubmit }: Props) {
  const styles = useStyles();
  return (
    <main className={styles.root}>
      <div className={styles.brand}>
        <Logo size={28} />
        <Text size={500} weight="semibold">
          Cordboard
        </Text>
      </div>
      <Card className={styles.card}>
        <Title3 as="h1" className={styles.title}>
          {title}
        </Title3>
        <Text className={styles.lead}>{lead}</Text>
        <form
          className={styles.form}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            onSubmit();
          }}
        >
          {problem !== undefined && (
            <MessageBar intent="error" data-testid="auth-problem" layout="multiline">
              <MessageBarBody>{problem}</MessageBarBody>
            </MessageBar>
          )}
          {children}
        </form>
      </Card>
      <Text className={styles.foot}>{foot}</Text>
    </main>
  );
}
