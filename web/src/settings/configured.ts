import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type {
  ConfigurationKind,
  ShownUser,
  ShownWhatsAppChannel,
  UserInput,
  WhatsAppChannelInput,
} from "../../../shared/configuration/kinds.ts";
import { getVersioned, send, type Versioned } from "../api/client.ts";
import { keys } from "../api/keys.ts";
import { isProblem } from "../api/problem.ts";

interface Inputs {
  readonly "whatsapp-channels": WhatsAppChannelInput;
  readonly users: UserInput;
}

export interface Shown {
  readonly "whatsapp-channels": ShownWhatsAppChannel;
  readonly users: ShownUser;
}

/** The id that the address has for what does not exist yet. */
export const NEW = "new";

export function configuredQuery<K extends keyof Shown>(kind: K, id: string) {
  return queryOptions({
    queryKey: keys.configured(kind, id),
    queryFn: ({ signal }) => getVersioned<Shown[K]>(`configuration/${kind}/${id}`, signal),
    enabled: id !== NEW,
    // A form that is open must not be filled anew under somebody's fingers.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnMount: "always",
  });
}

/** Writes over the version that was read, and creates where there was none. */
export function useSave<K extends keyof Shown>(kind: K) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, etag, input }: { id: string; etag: string | null; input: Inputs[K] }) => {
      const response = await send("PUT", `configuration/${kind}/${id}`, { body: input, ifMatch: etag });
      const saved: Versioned<Shown[K]> = { value: await response.json(), etag: response.headers.get("etag") };
      return saved;
    },
    onSuccess: (saved) => {
      client.setQueryData(keys.configured(kind, saved.value.id), saved);
      return client.invalidateQueries({ queryKey: keys.configuration(kind), exact: true });
    },
    // Theirs is fetched, so that the form can offer it.
    onError: (error, { id }) => {
      if (isProblem(error, "stale")) void client.invalidateQueries({ queryKey: keys.configured(kind, id) });
    },
  });
}

export function useRemove(kind: ConfigurationKind) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, etag }: { id: string; etag: string | null }) =>
      send("DELETE", `configuration/${kind}/${id}`, { ifMatch: etag }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.configuration(kind), exact: true }),
  });
}

/** A new id of the client's choosing, as the configuration takes them. */
export function newId(prefix: string): string {
  return `${prefix}-${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`;
}
