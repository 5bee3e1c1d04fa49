import { Spinner } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Versioned } from "../api/client.ts";
import { isProblem, wordsOf } from "../api/problem.ts";
import { useTitle } from "../app/title.ts";
import { Empty } from "../ui/Empty.tsx";
import { Failure } from "../ui/Failure.tsx";
import { configuredQuery, NEW, type Shown } from "./configured.ts";

interface ConfiguredProps<K extends keyof Shown> {
  readonly kind: K;
  readonly id: string;
  /** One of the kind, as in "The … could not be loaded". */
  readonly noun: string;
  /** The page's title while there is none yet. */
  readonly newTitle: string;
  /** Where to go from one that does not exist. */
  readonly all: { readonly to: string; readonly label: string };
  /** The form; undefined for one that does not exist yet. */
  readonly children: (known: Versioned<Shown[K]> | undefined) => ReactNode;
}

/** One configured thing, by the id in the page's address: its form once it is here, or what is the matter. */
export function Configured<K extends keyof Shown>({ kind, id, noun, newTitle, all, children }: ConfiguredProps<K>) {
  const query = useQuery(configuredQuery(kind, id));
  useTitle(id === NEW ? newTitle : query.data?.value.name, "Settings");
  if (id === NEW) return children(undefined);
  if (query.data !== undefined) return children(query.data);
  if (isProblem(query.error, "not-found")) return <Empty title={`This ${noun} does not exist`} link={all} />;
  if (query.isError) {
    const retry = () => void query.refetch();
    return <Failure title={`The ${noun} could not be loaded`} words={wordsOf(query.error)} onRetry={retry} />;
  }
  return <Spinner size="small" delay={300} label={`Loading the ${noun}`} />;
}
