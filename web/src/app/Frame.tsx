import { makeStyles, Toaster, tokens } from "@fluentui/react-components";
import { Outlet } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useLeaveGuard } from "../composer/useLeaveGuard.ts";
import { useLive } from "../realtime/live.ts";
import { useMyId } from "../session/me.ts";
import { isTyping } from "../ui/keyboard.ts";
import { TOASTER_ID } from "../ui/toasts.tsx";
import { JumpDialog } from "./JumpDialog.tsx";
import { Rail } from "./Rail.tsx";
import { TopBar } from "./TopBar.tsx";

const useStyles = makeStyles({
  root: {
    height: "100%",
    display: "grid",
    gridTemplateColumns: "auto minmax(0, 1fr)",
    gridTemplateRows: "44px minmax(0, 1fr)",
    gridTemplateAreas: '"rail bar" "rail main"',
    backgroundColor: tokens.colorNeutralBackground4,
  },
  main: {
    gridArea: "main",
    position: "relative",
    minWidth: 0,
    overflow: "hidden",
    backgroundColor: tokens.colorNeutralBackground1,
    borderTopLeftRadius: tokens.borderRadiusXLarge,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    borderLeft: `1px solid ${tokens.colorNeutralStroke2}`,
  },
});

/** Rail, top bar and the page: what stays while pages change. */
export function Frame() {
  const styles = useStyles();
  const me = useMyId();
  const [jumping, setJumping] = useState(false);
  useLive(me);
  useLeaveGuard();
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      const ctrlK = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "k";
      if (!ctrlK && (event.key !== "/" || event.ctrlKey || event.metaKey || isTyping(event))) return;
      event.preventDefault();
      setJumping(true);
    }
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
  return (
    <div className={styles.root}>
      <Rail />
      <TopBar onSearch={() => setJumping(true)} />
      <main className={styles.main}>
        <Outlet />
      </main>
      <Toaster toasterId={TOASTER_ID} position="bottom-end" />
      {jumping && <JumpDialog onClose={() => setJumping(false)} />}
    </div>
  );
}
