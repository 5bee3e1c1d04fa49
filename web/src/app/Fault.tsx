import type { ErrorComponentProps } from "@tanstack/react-router";
import { Empty } from "../ui/Empty.tsx";
import { Failure } from "../ui/Failure.tsx";

/** A page that threw. A chunk that is gone after a release comes back with a reload. */
export function PageFault({ error, reset }: ErrorComponentProps) {
  const outdated = /dynamically imported module|Importing a module script failed/i.test(String(error));
  return (
    <Failure
      title={outdated ? "There is a newer version of Cordboard" : "This page could not be shown"}
      words={outdated ? "Reload to go on with it." : "What you typed elsewhere is kept. Try again, or reload the page."}
      action={outdated ? "Reload" : "Try again"}
      onRetry={() => (outdated ? location.reload() : reset())}
    />
  );
}

export function LostPage() {
  return (
    <Empty title="There is nothing at this address" link={{ to: "/inbox", label: "Go to the inbox" }}>
      The link may be old, or a letter may be missing.
    </Empty>
  );
}
