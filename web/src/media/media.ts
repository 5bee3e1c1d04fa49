import { queryOptions, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { send } from "../api/client.ts";
import { queryClient } from "../app/queryClient.ts";

interface Fetched {
  /** A blob: address, good while anybody shows the file and ten minutes longer. */
  readonly url: string;
  readonly blob: Blob;
}

export function mediaQuery(id: string) {
  return queryOptions({
    queryKey: ["media", id],
    queryFn: async ({ signal }): Promise<Fetched> => {
      const response = await send("GET", `media/${encodeURIComponent(id)}`, { signal });
      const blob = await response.blob();
      return { url: URL.createObjectURL(blob), blob };
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 10 * 60_000,
    structuralSharing: false,
  });
}

queryClient.getQueryCache().subscribe(({ type, query }) => {
  if (type !== "removed" || query.queryKey[0] !== "media") return;
  const data: unknown = query.state.data;
  if (typeof data === "object" && data !== null && "url" in data) URL.revokeObjectURL(String(data.url));
});

/** A stored file of a message, fetched with the bearer once it is wanted. */
export function useMediaFile(id: string, wanted: boolean) {
  return useQuery({ ...mediaQuery(id), enabled: wanted });
}

/** Whether the element has been near the visible part; once true, it stays so. */
export function useSeen(): { readonly seen: boolean; readonly ref: (element: Element | null) => void } {
  const [element, setElement] = useState<Element | null>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (element === null || seen) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && setSeen(true),
      {
        rootMargin: "400px",
      },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [element, seen]);
  return { seen, ref: setElement };
}

/** Saves a blob: address under a name. */
export function saveFile(url: string, fileName: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName;
  link.click();
}
