import type { MediaShown } from "../../../shared/media/model.ts";
import { ApiProblem, offlineProblem, problemFrom, wordsOf } from "../api/problem.ts";
import { queryClient } from "../app/queryClient.ts";
import { mediaQuery } from "../media/media.ts";
import { accessToken, tokenAfter } from "../session/session.ts";
import { Store } from "../ui/store.ts";

/** A file on its way to the server, to be sent with the next message. */
export interface Upload {
  /** Also the Idempotency-Key, the same at each try. */
  readonly key: string;
  readonly conversationId: string;
  readonly file: File;
  /** A blob: address, for images. */
  readonly preview: string | undefined;
  readonly state:
    | { readonly kind: "uploading"; readonly share: number }
    | { readonly kind: "ready"; readonly media: MediaShown }
    | { readonly kind: "failed"; readonly problem: string };
}

/** As the API: 100 MB. */
const MAX_BYTES = 100 * 1024 * 1024;

export const uploads = new Store<readonly Upload[]>([]);
const requests = new Map<string, XMLHttpRequest>();

export function addFiles(conversationId: string, files: Iterable<File>): void {
  for (const file of files) {
    const key = crypto.randomUUID();
    const preview = file.type.startsWith("image/") ? URL.createObjectURL(file) : undefined;
    const tooLarge = file.size > MAX_BYTES;
    const problem = tooLarge ? "Larger than 100 MB" : "The file is empty";
    const state: Upload["state"] =
      tooLarge || file.size === 0 ? { kind: "failed", problem } : { kind: "uploading", share: 0 };
    uploads.update((all) => [...all, { key, conversationId, file, preview, state }]);
    if (state.kind === "uploading") void start(key, file);
  }
}

export function retryUpload(key: string): void {
  const one = uploads.get().find((upload) => upload.key === key);
  if (one === undefined || one.file.size > MAX_BYTES) return;
  setState(key, { kind: "uploading", share: 0 });
  void start(key, one.file);
}

/** Takes it out of the composer; what was uploaded and is not sent is cleaned up by the server. */
export function removeUpload(key: string): void {
  requests.get(key)?.abort();
  requests.delete(key);
  const one = uploads.get().find((upload) => upload.key === key);
  if (one?.preview !== undefined) URL.revokeObjectURL(one.preview);
  uploads.update((all) => all.filter((upload) => upload.key !== key));
}

async function start(key: string, file: File): Promise<void> {
  try {
    const token = await accessToken();
    const media = await put(key, file, token).catch(async (error: unknown) => {
      if (error instanceof ApiProblem && error.status === 401) return put(key, file, await tokenAfter(token));
      throw error;
    });
    // What was just sent is not fetched to be seen.
    queryClient.setQueryData(mediaQuery(media.id).queryKey, { url: URL.createObjectURL(file), blob: file });
    setState(key, { kind: "ready", media });
  } catch (error) {
    setState(key, { kind: "failed", problem: wordsOf(error) });
  } finally {
    requests.delete(key);
  }
}

/** By XMLHttpRequest, because fetch does not tell how much has gone out. */
function put(key: string, file: File, token: string): Promise<MediaShown> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    requests.set(key, request);
    request.open("POST", `/api/media?fileName=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("authorization", `Bearer ${token}`);
    request.setRequestHeader("idempotency-key", key);
    request.setRequestHeader("content-type", file.type === "" ? "application/octet-stream" : file.type);
    request.upload.onprogress = ({ loaded, total }) => setState(key, { kind: "uploading", share: loaded / total });
    request.onerror = () => reject(offlineProblem());
    request.onload = () => {
      if (request.status === 201) resolve(JSON.parse(request.responseText));
      else reject(problemFrom(request.status, request.responseText, request.getResponseHeader("retry-after")));
    };
    request.send(file);
  });
}

function setState(key: string, state: Upload["state"]): void {
  uploads.update((all) => all.map((upload) => (upload.key === key ? { ...upload, state } : upload)));
}
