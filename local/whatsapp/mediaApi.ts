import { createHmac, randomBytes } from "node:crypto";
import { type MediaType, mediaRefusal } from "../../shared/channels/whatsapp/media.ts";
import type { Clock } from "../../shared/platform/clock.ts";
import { graphError } from "./faults.ts";
import type { GraphApi } from "./graphApi.ts";
import { type Call, HttpError, readBytes, sendBytes, sendJson } from "./http.ts";
import type { Business } from "./model.ts";
import type { Store } from "./store.ts";

/** As long as Meta's own URLs live. */
const URL_LIVES_FOR = 5 * 60 * 1000;

/** Upload, look-up and download of files: POST /{phone number id}/media, GET /{media id}, and the URL that it answers. */
export class MediaApi {
  readonly #store: Store;
  readonly #graph: GraphApi;
  readonly #clock: Clock;
  readonly #key = randomBytes(32);

  constructor(store: Store, graph: GraphApi, clock: Clock) {
    this.#store = store;
    this.#graph = graph;
    this.#clock = clock;
  }

  async upload(_business: Business, { request, response }: Call): Promise<void> {
    const bytes = await readBytes(request);
    const type = request.headers["content-type"] ?? "";
    const form = await new Response(new Uint8Array(bytes), { headers: { "content-type": type } })
      .formData()
      .catch(() => undefined);
    const file = form?.get("file");
    if (form?.get("messaging_product") !== "whatsapp")
      throw graphError(100, "The parameter messaging_product is required.");
    if (!(file instanceof Blob)) throw graphError(100, "The parameter file is required.");
    const mimeType = String(form.get("type") ?? file.type);
    const kinds: readonly MediaType[] = ["image", "video", "audio", "sticker", "document"];
    if (kinds.every((kind) => mediaRefusal(kind, mimeType, file.size) !== undefined))
      throw graphError(131053, "The file is too large or empty.");
    const kept = this.#store.keepFile(await file.bytes(), mimeType, file.name);
    sendJson(response, 200, { id: kept.id });
  }

  /** A URL that works for five minutes, with the token. */
  about(id: string, call: Call): void {
    this.#graph.requireToken(call, this.#store.businesses());
    const file = this.#store.file(id);
    if (file === undefined) throw graphError(100, `Unsupported get request. Object with ID '${id}' does not exist`, 33);
    const expires = this.#clock.now().getTime() + URL_LIVES_FOR;
    const { origin, pathname } = call.url;
    const prefix = pathname.slice(0, pathname.indexOf("/graph/"));
    const url = `${origin}${prefix}/graph/download/${id}?ext=${expires}&hash=${this.#hash(id, expires)}`;
    const { mimeType, sha256, size } = file;
    sendJson(call.response, 200, {
      messaging_product: "whatsapp",
      url,
      mime_type: mimeType,
      sha256,
      file_size: size,
      id,
    });
  }

  download(id: string, call: Call): void {
    this.#graph.requireToken(call, this.#store.businesses());
    const expires = Number(call.url.searchParams.get("ext"));
    const right = call.url.searchParams.get("hash") === this.#hash(id, expires);
    const bytes = right && expires > this.#clock.now().getTime() ? this.#store.bytesOf(id) : undefined;
    const file = this.#store.file(id);
    if (bytes === undefined || file === undefined) throw new HttpError(404, { error: { message: "Not found" } });
    sendBytes(call.response, bytes, file.mimeType);
  }

  #hash(id: string, expires: number): string {
    return createHmac("sha256", this.#key).update(`${id} ${expires}`).digest("hex");
  }
}
