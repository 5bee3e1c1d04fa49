import { makeStyles, mergeClasses, Tooltip, tokens } from "@fluentui/react-components";
import { Clock16Regular } from "@fluentui/react-icons/svg/clock";
import { Link } from "@tanstack/react-router";
import { DEFAULT_VIEW, VIEW_WORDS, type View } from "./views.ts";

const useStyles = makeStyles({
  bar: {
    display: "flex",
    alignItems: "center",
    gap: "2px",
    height: "44px",
    flexShrink: 0,
    paddingInline: tokens.spacingHorizontalS,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    overflow: "hidden",
  },
  tab: {
    display: "flex",
    alignItems: "center",
    height: "28px",
    paddingInline: tokens.spacingHorizontalS,
    borderRadius: tokens.borderRadiusMedium,
    color: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase200,
    whiteSpace: "nowrap",
    textDecorationLine: "none",
    ":hover": { color: tokens.colorNeutralForeground2, backgroundColor: tokens.colorNeutralBackground1Hover },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: "-2px" },
  },
  current: {
    color: tokens.colorBrandForeground1,
    fontWeight: tokens.fontWeightSemibold,
    backgroundColor: tokens.colorBrandBackground2,
    ":hover": { color: tokens.colorBrandForeground1, backgroundColor: tokens.colorBrandBackground2 },
  },
  last: { marginLeft: "auto" },
});

const TABS: readonly View[] = ["mine", "unassigned", "open", "closed"];

/** Which conversations the list shows; the address remembers it. */
export function ListHeader({ view }: { readonly view: View }) {
  const styles = useStyles();
  const tab = (one: View, content: React.ReactNode) => (
    <Link
      key={one}
      to="."
      search={one === DEFAULT_VIEW ? {} : { view: one }}
      className={mergeClasses(styles.tab, one === view && styles.current, one === "snoozed" && styles.last)}
      aria-current={one === view ? "page" : undefined}
      aria-label={VIEW_WORDS[one]}
      data-testid={`view-${one}`}
    >
      {content}
    </Link>
  );
  return (
    <nav className={styles.bar} aria-label="Lists">
      {TABS.map((one) => tab(one, VIEW_WORDS[one]))}
      <Tooltip content={VIEW_WORDS.snoozed} relationship="inaccessible">
        {tab("snoozed", <Clock16Regular />)}
      </Tooltip>
    </nav>
  );
}
