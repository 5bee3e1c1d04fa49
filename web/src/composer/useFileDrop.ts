import { type DragEvent, useRef, useState } from "react";

interface FileDrop {
  /** Whether files hang over the place now. */
  readonly over: boolean;
  readonly handlers: {
    onDragEnter(event: DragEvent): void;
    onDragOver(event: DragEvent): void;
    onDragLeave(event: DragEvent): void;
    onDrop(event: DragEvent): void;
  };
}

/** Takes files that are dropped on an element and whatever lies in it. */
export function useFileDrop(enabled: boolean, onFiles: (files: Iterable<File>) => void): FileDrop {
  const [over, setOver] = useState(false);
  // Enter and leave come for every child on the way; only their balance says whether one is still inside.
  const depth = useRef(0);
  const concerns = (event: DragEvent) => enabled && event.dataTransfer.types.includes("Files");
  const move = (step: 1 | -1) => (event: DragEvent) => {
    if (!concerns(event)) return;
    depth.current = Math.max(0, depth.current + step);
    setOver(depth.current > 0);
  };
  return {
    over,
    handlers: {
      onDragEnter: move(1),
      onDragLeave: move(-1),
      onDragOver: (event) => concerns(event) && event.preventDefault(),
      onDrop: (event) => {
        if (!concerns(event)) return;
        event.preventDefault();
        depth.current = 0;
        setOver(false);
        onFiles(event.dataTransfer.files);
      },
    },
  };
}
