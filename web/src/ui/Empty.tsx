import { makeStyles, Text, tokens } from "@fluentui/react-components";
import type { ReactNode } from "react";
import { TextLink } from "./TextLink.tsx";

const useStyles = makeStyles({
  root: {
    height: "100%",
    display: "flex",
    flexDirection: "column",
    alignItems: "center",
    justifyContent: "center",
    gap: tokens.spacingVerticalS,
    padding: `${tokens.spacingVerticalXXL} ${tokens.spacingHorizontalXXL}`,
    textAlign: "center",
  },
  icon: { color: tokens.colorNeutralForeground4, display: "flex", marginBottom: tokens.spacingVerticalXS },
  words: { color: tokens.colorNeutralForeground3, maxWidth: "38ch", lineHeight: tokens.lineHeightBase300 },
  actions: { display: "flex", gap: tokens.spacingHorizontalS, marginTop: tokens.spacingVerticalS },
});

interface Props {
  readonly title: string;
  readonly icon?: ReactNode;
  readonly children?: ReactNode;
  readonly link?: { readonly to: string; readonly label: string };
  readonly actions?: ReactNode;
}

/** What stands where nothing is: what this place is for, and what to do next. */
export function Empty({ title, icon, children, link, actions }: Props) {
  const styles = useStyles();
  return (
    <div className={styles.root} data-testid="empty">
      {icon !== undefined && <span className={styles.icon}>{icon}</span>}
      <Text size={400} weight="semibold">
        {title}
      </Text>
      {children !== undefined && (
        <Text className={styles.words} align="center">
          {children}
        </Text>
      )}
      {(actions !== undefined || link !== undefined) && (
        <div className={styles.actions}>
          {actions}
          {link !== undefined && <TextLink to={link.to}>{link.label}</TextLink>}
        </div>
      )}
    </div>
  );
}
