import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { ChatMultiple20Filled, ChatMultiple20Regular } from "@fluentui/react-icons/svg/chat-multiple";
import { People20Filled, People20Regular } from "@fluentui/react-icons/svg/people";
import { Settings20Filled, Settings20Regular } from "@fluentui/react-icons/svg/settings";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Permission } from "../../../shared/platform/caller.ts";
import { useMay } from "../session/me.ts";
import { Logo } from "../ui/Logo.tsx";

const useStyles = makeStyles({
  rail: {
    gridArea: "rail",
    width: "60px",
    display: "flex",
    flexDirection: "column",
    alignItems: "center",
    gap: tokens.spacingVerticalXS,
    paddingBottom: tokens.spacingVerticalM,
    "@media (max-width: 599px)": { width: "48px" },
  },
  brand: { height: "44px", display: "flex", alignItems: "center", marginBottom: tokens.spacingVerticalXXS },
  foot: { marginTop: "auto" },
  item: {
    position: "relative",
    width: "52px",
    height: "48px",
    display: "flex",
    flexDirection: "column",
    alignItems: "center",
    justifyContent: "center",
    gap: "3px",
    borderRadius: tokens.borderRadiusLarge,
    color: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase100,
    lineHeight: tokens.lineHeightBase100,
    textDecorationLine: "none",
    transitionDuration: tokens.durationFaster,
    transitionProperty: "background-color, color",
    ":hover": { backgroundColor: tokens.colorNeutralBackground4Hover, color: tokens.colorNeutralForeground2 },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: "-2px" },
    "@media (max-width: 599px)": { width: "44px" },
  },
  active: {
    color: tokens.colorBrandForeground1,
    fontWeight: tokens.fontWeightSemibold,
    backgroundColor: tokens.colorNeutralBackground1,
    ":hover": { color: tokens.colorBrandForeground1, backgroundColor: tokens.colorNeutralBackground1 },
  },
  regular: { display: "flex" },
});

interface Entry {
  readonly to: string;
  readonly label: string;
  readonly permission: Permission;
  readonly icon: ReactNode;
  readonly activeIcon: ReactNode;
}

const ENTRIES: readonly Entry[] = [
  {
    to: "/inbox",
    label: "Inbox",
    permission: "conversations.read",
    icon: <ChatMultiple20Regular />,
    activeIcon: <ChatMultiple20Filled />,
  },
  {
    to: "/contacts",
    label: "Contacts",
    permission: "contacts.read",
    icon: <People20Regular />,
    activeIcon: <People20Filled />,
  },
];

const SETTINGS: Entry = {
  to: "/settings",
  label: "Settings",
  permission: "configuration.write",
  icon: <Settings20Regular />,
  activeIcon: <Settings20Filled />,
};

/** Where one can go; only what the role may see. */
export function Rail() {
  const styles = useStyles();
  const may = useMay();
  return (
    <nav className={styles.rail} aria-label="Cordboard">
      <div className={styles.brand}>
        <Logo size={26} />
      </div>
      {ENTRIES.map((entry) => may(entry.permission) && <RailLink key={entry.to} entry={entry} />)}
      <div className={styles.foot}>{may(SETTINGS.permission) && <RailLink entry={SETTINGS} />}</div>
    </nav>
  );
}

function RailLink({ entry }: { readonly entry: Entry }) {
  const styles = useStyles();
  return (
    <Link
      to={entry.to}
      className={styles.item}
      activeProps={{ className: mergeClasses(styles.item, styles.active) }}
      data-testid={`rail-${entry.label.toLowerCase()}`}
    >
      {({ isActive }) => (
        <>
          <span className={styles.regular}>{isActive ? entry.activeIcon : entry.icon}</span>
          {entry.label}
        </>
      )}
    </Link>
  );
}
