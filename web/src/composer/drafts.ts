import { recall, remember } from "../ui/remembered.ts";
import { Store } from "../ui/store.ts";

/** What is being written, by conversation; kept by the browser until it is sent. */
export interface Draft {
  readonly text: string;
  readonly note: boolean;
}

const EMPTY: Draft = { text: "", note: false };
const stores = new Map<string, Store<Draft>>();

export function draftOf(conversationId: string): Store<Draft> {
  const known = stores.get(conversationId);
  if (known !== undefined) return known;
  const name = `draft.${conversationId}`;
  const store = new Store(parse(recall(name)));
  store.subscribe(() => {
    const draft = store.get();
    remember(name, draft.text === "" ? undefined : JSON.stringify(draft));
  });
  stores.set(conversationId, store);
  return store;
}

/** Puts words back that could not be sent, before whatever was begun since. */
export function appendToDraft(conversationId: string, text: string): void {
  draftOf(conversationId).update((draft) => ({ ...draft, text: draft.text === "" ? text : `${text}\n${draft.text}` }));
}

function parse(text: string | undefined): Draft {
  if (text === undefined) return EMPTY;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("text" in value) || typeof value.text !== "string")
      return EMPTY;
    return { text: value.text, note: "note" in value && value.note === true };
  } catch {
    return EMPTY;
  }
}
