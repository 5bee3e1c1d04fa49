import { useCallback, useEffect, useRef, useState } from "react";

/** Nearer to the end than this, one is at the end: new messages pull the view along. */
const AT_END_PX = 56;
const NEAR_START_PX = 600;

interface ThreadScroll {
  /** For the element that scrolls, and the one in it that grows. They may come later than the hook. */
  readonly scroller: (element: HTMLElement | null) => void;
  readonly content: (element: HTMLElement | null) => void;
  readonly atEnd: boolean;
  toEnd(): void;
  toKey(key: string): boolean;
  readonly onScroll: () => void;
}

/**
 * Keeps what is being read where it is. At the end, the view follows what comes; anywhere else the topmost visible message
 * stays on its pixel while older ones are put above, newer ones below, or pictures find their size.
 */
export function useThreadScroll(onNearStart: () => void): ThreadScroll {
  const [box, setBox] = useState<HTMLElement | null>(null);
  const [content, setContent] = useState<HTMLElement | null>(null);
  const [atEnd, setAtEnd] = useState(true);
  const follow = useRef(true);
  const anchor = useRef<{ readonly key: string; readonly top: number } | undefined>(undefined);
  const lastTop = useRef(0);
  const nearStart = useRef(onNearStart);
  nearStart.current = onNearStart;

  const onScroll = useCallback(() => {
    if (box === null) return;
    const near = box.scrollHeight - box.scrollTop - box.clientHeight < AT_END_PX;
    // Only a move upwards leaves the end: what came since our own move tells of it must not.
    follow.current = near || (follow.current && box.scrollTop >= lastTop.current);
    lastTop.current = box.scrollTop;
    setAtEnd(follow.current);
    anchor.current = follow.current ? undefined : topmost(box);
    if (box.scrollTop < NEAR_START_PX && box.scrollHeight > box.clientHeight) nearStart.current();
  }, [box]);

  const keep = useCallback(() => {
    if (box === null) return;
    if (follow.current) box.scrollTop = box.scrollHeight;
    else if (anchor.current !== undefined) {
      const element = find(box, anchor.current.key);
      if (element !== null) box.scrollTop += element.getBoundingClientRect().top - anchor.current.top;
    }
  }, [box]);

  useEffect(() => {
    if (content === null || box === null) return;
    const observer = new ResizeObserver(keep);
    observer.observe(content);
    observer.observe(box);
    keep();
    return () => observer.disconnect();
  }, [content, keep, box]);

  const toEnd = useCallback(() => {
    follow.current = true;
    setAtEnd(true);
    keep();
  }, [keep]);

  const toKey = useCallback(
    (key: string) => {
      const element = box === null ? null : find(box, key);
      if (element === null) return false;
      follow.current = false;
      element.scrollIntoView({ block: "center" });
      element.animate?.([{ filter: "brightness(0.85)" }, { filter: "none" }], { duration: 900 });
      return true;
    },
    [box],
  );

  return { scroller: setBox, content: setContent, atEnd, toEnd, toKey, onScroll };
}

function find(box: HTMLElement, key: string): Element | null {
  return box.querySelector(`[data-anchor="${CSS.escape(key)}"]`) ?? box.querySelector(`[data-id="${CSS.escape(key)}"]`);
}

function topmost(box: HTMLElement): { key: string; top: number } | undefined {
  const edge = box.getBoundingClientRect().top;
  for (const element of box.querySelectorAll<HTMLElement>("[data-anchor]")) {
    const { top, bottom } = element.getBoundingClientRect();
    const key = element.dataset.anchor;
    if (bottom > edge && key !== undefined) return { key, top };
  }
  return undefined;
}
