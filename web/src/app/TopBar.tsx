import { makeStyles, Spinner, Text, tokens } from "@fluentui/react-components";
import { Search16Regular } from "@fluentui/react-icons/svg/search";
import { useRouterState } from "@tanstack/react-router";
import { connectionState } from "../realtime/connection.ts";
import { useStore } from "../ui/store.ts";
import { PersonMenu } from "./PersonMenu.tsx";

const useStyles = makeStyles({
  bar: {
    gridArea: "bar",
    display: "grid",
    gridTemplateColumns: "1fr minmax(120px, 380px) 1fr",
    alignItems: "center",
    gap: tokens.spacingHorizontalL,
    paddingLeft: tokens.spacingHorizontalL,
    paddingRight: tokens.spacingHorizontalM,
  },
  title: { margin: 0, fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold },
  search: {
    display: "flex",
    alignItems: "center",
    gap: tokens.spacingHorizontalS,
    height: "28px",
    paddingInline: tokens.spacingHorizontalSNudge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase200,
    cursor: "pointer",
    ":hover": { backgroundColor: tokens.colorNeutralBackground1Hover },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  keys: {
    marginLeft: "auto",
    color: tokens.colorNeutralForeground3,
    fontFamily: "inherit",
    whiteSpace: "nowrap",
    "@media (max-width: 599px)": { display: "none" },
  },
  end: { display: "flex", alignItems: "center", justifyContent: "end", gap: tokens.spacingHorizontalM },
  state: {
    display: "flex",
    alignItems: "center",
    gap: tokens.spacingHorizontalXS,
    color: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase200,
  },
});

const TITLES: Readonly<Record<string, string>> = { inbox: "Inbox", contacts: "Contacts", settings: "Settings" };

export function TopBar({ onSearch }: { readonly onSearch: () => void }) {
  const styles = useStyles();
  const area = useRouterState({ select: ({ location }) => location.pathname.split("/")[1] ?? "" });
  return (
    <header className={styles.bar}>
      <h1 className={styles.title}>{TITLES[area] ?? ""}</h1>
      <button type="button" className={styles.search} onClick={onSearch} data-testid="jump">
        <Search16Regular />
        <span>Find a conversation</span>
        <kbd className={styles.keys}>Ctrl K</kbd>
      </button>
      <div className={styles.end}>
        <Connection />
        <PersonMenu />
      </div>
    </header>
  );
}

/** Nothing while all is well. */
function Connection() {
  const styles = useStyles();
  const state = useStore(connectionState);
  return (
    <Text role="status" className={styles.state} data-testid="connection" data-state={state}>
      {state === "reconnecting" && (
        <>
          <Spinner size="extra-tiny" /> Reconnecting
        </>
      )}
    </Text>
  );
}
