import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type { Contact } from "../../../shared/contacts/model.ts";
import { FIRST_PAGE, get, getVersioned, type Page, send, type Versioned } from "../api/client.ts";
import { keys } from "../api/keys.ts";

export const contactsQuery = infiniteQueryOptions({
  queryKey: keys.contacts,
  queryFn: ({ pageParam, signal }) => {
    const cursor = pageParam === null ? "" : `&cursor=${encodeURIComponent(pageParam)}`;
    return get<Page<Contact>>(`contacts?limit=100${cursor}`, signal);
  },
  initialPageParam: FIRST_PAGE,
  getNextPageParam: (page) => page.nextCursor ?? null,
});

export function contactQuery(id: string) {
  return queryOptions({
    queryKey: keys.contact(id),
    queryFn: ({ signal }) => getVersioned<Contact>(`contacts/${id}`, signal),
  });
}

/** Gives a contact the name that agents call them by. */
export function useRename(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (name: string): Promise<Versioned<Contact>> => {
      const { etag } = await client.fetchQuery(contactQuery(id));
      const response = await send("PATCH", `contacts/${id}`, { body: { name }, ifMatch: etag });
      return { value: await response.json(), etag: response.headers.get("etag") };
    },
    onSuccess: (renamed) => {
      client.setQueryData(keys.contact(id), renamed);
      for (const queryKey of [keys.contacts, keys.conversationLists, ["conversation"]]) {
        void client.invalidateQueries({ queryKey });
      }
    },
    onError: () => client.invalidateQueries({ queryKey: keys.contact(id) }),
  });
}
