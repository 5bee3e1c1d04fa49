import { QueryClient } from "@tanstack/react-query";
import { isProblem } from "../api/problem.ts";

/**
 * Everything seen once opens at once from here and then freshens. Realtime keeps it right in between, so what is on the
 * screen goes stale slowly.
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      gcTime: 30 * 60_000,
      retry: (failures, error) =>
        failures < 2 && isProblem(error, "offline", "unavailable", "internal", "provider-failed"),
      retryDelay: (attempt) => Math.min(500 * 2 ** attempt, 5_000),
    },
    mutations: { networkMode: "always" },
  },
});
