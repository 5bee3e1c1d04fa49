import { makeStyles, tokens } from "@fluentui/react-components";
import type { KeyboardEvent, PointerEvent } from "react";
import { type Store, useStore } from "../ui/store.ts";
import { within } from "./paneWidths.ts";

const useStyles = makeStyles({
  line: {
    position: "relative",
    width: "1px",
    backgroundColor: tokens.colorNeutralStroke2,
    cursor: "col-resize",
    touchAction: "none",
    flexShrink: 0,
    zIndex: 2,
    "::after": { content: '""', position: "absolute", inset: "0 -4px" },
    ":hover": { boxShadow: `0 0 0 1px ${tokens.colorBrandStroke1}`, backgroundColor: tokens.colorBrandStroke1 },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
});

interface Props {
  readonly width: Store<number>;
  readonly limits: { readonly least: number; readonly most: number };
  /** Which side the pane is on that it resizes. */
  readonly side: "before" | "after";
  readonly label: string;
}

const STEP = 16;

/** The movable line between two panes: by pointer, and by the arrow keys. */
export function Splitter({ width, limits, side, label }: Props) {
  const styles = useStyles();
  const value = useStore(width);
  const sign = side === "before" ? 1 : -1;

  function onPointerDown(event: PointerEvent<HTMLDivElement>) {
    const { currentTarget, clientX, pointerId } = event;
    const from = width.get();
    currentTarget.setPointerCapture(pointerId);
    const move = (moved: globalThis.PointerEvent) => width.set(within(limits, from + sign * (moved.clientX - clientX)));
    const up = () => currentTarget.removeEventListener("pointermove", move);
    currentTarget.addEventListener("pointermove", move);
    currentTarget.addEventListener("lostpointercapture", up, { once: true });
  }

  function onKeyDown(event: KeyboardEvent) {
    const step = event.key === "ArrowRight" ? STEP : event.key === "ArrowLeft" ? -STEP : 0;
    if (step !== 0) width.set(within(limits, width.get() + sign * step));
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: an hr takes no value and no focus
    <div
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={value}
      aria-valuemin={limits.least}
      aria-valuemax={limits.most}
      className={styles.line}
      onPointerDown={onPointerDown}
      onKeyDown={onKeyDown}
    />
  );
}
