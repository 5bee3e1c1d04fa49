import { queryOptions, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import type { ShownUser } from "../../../shared/configuration/kinds.ts";
import { get, type Page } from "../api/client.ts";
import { keys } from "../api/keys.ts";
import { useMyId } from "./me.ts";

export const peopleQuery = queryOptions({
  queryKey: keys.configuration("users"),
  queryFn: ({ signal }) => get<Page<ShownUser>>("configuration/users?limit=200", signal),
  staleTime: 5 * 60_000,
});

/** The colleagues, active ones first, by name. */
export function usePeople(): readonly ShownUser[] {
  const { data } = useQuery(peopleQuery);
  return useMemo(
    () => (data?.items ?? []).toSorted((a, b) => Number(b.active) - Number(a.active) || a.name.localeCompare(b.name)),
    [data],
  );
}

/** What to call the person of an id: "You" for oneself. */
export function usePersonName(): (id: string | null) => string {
  const me = useMyId();
  const people = usePeople();
  return useCallback(
    (id) => {
      if (id === null) return "Nobody";
      if (id === me) return "You";
      return people.find((person) => person.id === id)?.name ?? "A colleague";
    },
    [me, people],
  );
}
