import type { Clock } from "../../platform/clock.ts";
import { DEADLINES, within } from "../../platform/deadlines.ts";
import type { RawObject } from "./raw.ts";
import { type KnownTemplate, nextPage, readTemplates, TEMPLATE_FIELDS } from "./templates.ts";

/** In ms. */
const KEPT_FOR = 60_000;
const MAX_PAGES = 10;
const MAX_CHANNELS = 1000;

type LoadPage = (query: Readonly<Record<string, string>>) => Promise<RawObject>;

/** Templates by channel, remembered for a minute; a failure is not remembered. At most 1,000 templates of a channel. */
export class TemplateCatalog {
  readonly #clock: Clock;
  readonly #kept = new Map<string, { readonly known: Promise<readonly KnownTemplate[]>; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(key: string, loadPage: LoadPage): Promise<readonly KnownTemplate[]> {
    const now = this.#clock.now().getTime();
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.until > now) return kept.known;
    if (this.#kept.size >= MAX_CHANNELS) this.#kept.clear();
    const known = within(DEADLINES.providerList, () => loadAll(loadPage));
    this.#kept.set(key, { known, until: now + KEPT_FOR });
    known.catch(() => this.#kept.delete(key));
    return known;
  }
}

async function loadAll(loadPage: LoadPage): Promise<readonly KnownTemplate[]> {
  const found: KnownTemplate[] = [];
  let after: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const query = { fields: TEMPLATE_FIELDS, status: "APPROVED", limit: "100" };
    const body = await loadPage(after === undefined ? query : { ...query, after });
    found.push(...readTemplates(body));
    after = nextPage(body);
    if (after === undefined) break;
  }
  return found;
}
