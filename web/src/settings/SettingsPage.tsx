import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { Link, Outlet } from "@tanstack/react-router";
import { useMay } from "../session/me.ts";

const useStyles = makeStyles({
  root: {
    display: "grid",
    gridTemplateColumns: "216px minmax(0, 1fr)",
    height: "100%",
    "@media (max-width: 899px)": { gridTemplateColumns: "minmax(0, 1fr)", gridTemplateRows: "auto minmax(0, 1fr)" },
  },
  nav: {
    display: "flex",
    flexDirection: "column",
    gap: "2px",
    padding: tokens.spacingHorizontalM,
    borderRight: `1px solid ${tokens.colorNeutralStroke2}`,
    "@media (max-width: 899px)": {
      flexDirection: "row",
      borderRight: "none",
      borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    },
  },
  link: {
    padding: `${tokens.spacingVerticalSNudge} ${tokens.spacingHorizontalM}`,
    borderRadius: tokens.borderRadiusMedium,
    color: tokens.colorNeutralForeground2,
    textDecorationLine: "none",
    ":hover": { backgroundColor: tokens.colorNeutralBackground1Hover },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  active: {
    backgroundColor: tokens.colorNeutralBackground1Selected,
    color: tokens.colorNeutralForeground1,
    fontWeight: tokens.fontWeightSemibold,
  },
  content: { overflowY: "auto", padding: `${tokens.spacingVerticalXXL} ${tokens.spacingHorizontalXXXL}` },
  inner: { maxWidth: "860px" },
});

/** What administrators set up. */
export function SettingsPage() {
  const styles = useStyles();
  const may = useMay();
  const active = { className: mergeClasses(styles.link, styles.active) };
  return (
    <div className={styles.root}>
      <nav className={styles.nav} aria-label="Settings">
        <Link to="/settings/whatsapp" className={styles.link} activeProps={active}>
          WhatsApp numbers
        </Link>
        {may("users.manage") && (
          <Link to="/settings/people" className={styles.link} activeProps={active}>
            People
          </Link>
        )}
      </nav>
      <div className={styles.content}>
        <div className={styles.inner}>
          <Outlet />
        </div>
      </div>
    </div>
  );
}
