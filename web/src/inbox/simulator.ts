import { useQuery } from "@tanstack/react-query";

/** Whether a phone simulator is served beside the desk, as on one machine: then it is worth a hint. */
export function useSimulator(): boolean {
  const { data } = useQuery({
    queryKey: ["simulator"],
    queryFn: async ({ signal }) => {
      const response = await fetch("/simulator/info", { signal }).catch(() => undefined);
      return response?.ok === true && (response.headers.get("content-type") ?? "").includes("json");
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  return data === true;
}
