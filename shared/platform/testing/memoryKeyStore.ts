import { randomBytes } from "node:crypto";
import type { Clock } from "../clock.ts";
import { idOfKey } from "../secrets/keyRing.ts";
import { type DatedKey, type KeyStore, newestFirst } from "../secrets/keyStore.ts";

/** Keys in memory, of which there is one from the beginning. */
export function memoryKeyStore(clock: Clock): KeyStore {
  const keys = new Map<string, DatedKey>();
  const make = () => {
    const bytes = randomBytes(32);
    const key = { id: idOfKey(bytes), bytes, madeAt: clock.now() };
    keys.set(key.id, key);
    return key;
  };
  make();
  return {
    list: async () => ({ keys: newestFirst([...keys.values()]), now: clock.now() }),
    add: async () => make(),
    drop: async (id) => void keys.delete(id),
  };
}
