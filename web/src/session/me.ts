import { queryOptions, useQuery } from "@tanstack/react-query";
import type { Me } from "../../../shared/identity/model.ts";
import type { Permission } from "../../../shared/platform/caller.ts";
import { get } from "../api/client.ts";
import { keys } from "../api/keys.ts";
import { useStore } from "../ui/store.ts";
import { type SignedIn, session } from "./session.ts";

const meQuery = queryOptions({
  queryKey: keys.me,
  queryFn: ({ signal }) => get<Me>("me", signal),
  staleTime: 5 * 60_000,
});

/** What the signed-in person may do; nothing until it is known. */
export function useMay(): (permission: Permission) => boolean {
  const { data } = useQuery(meQuery);
  return (permission) => data?.permissions.includes(permission) ?? false;
}

/** Who is signed in; undefined only for the moment between signing out and the sign-in page. */
export function useSignedIn(): SignedIn | undefined {
  const state = useStore(session);
  return state.phase === "signed-in" ? state : undefined;
}

/** The id of who is signed in; empty for that moment. */
export function useMyId(): string {
  return useSignedIn()?.user.id ?? "";
}
