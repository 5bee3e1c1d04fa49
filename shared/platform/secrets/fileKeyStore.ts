import { randomBytes } from "node:crypto";
import type { Clock } from "../clock.ts";
import { changeKeyFile, readKeys, readOrCreateKeyFile } from "./keyFile.ts";
import { idOfKey, type KeyRing } from "./keyRing.ts";
import { type KeyStore, newestFirst } from "./keyStore.ts";

/**
 * The keys of a key file, which is made when missing; any number of processes may change it. `newKey` makes one; default: 32
 * bytes at random. A fault of the file is thrown as it is: nobody but the operator can mend it.
 */
export function fileKeyStore(file: string, clock: Clock, newKey = () => randomBytes(32)): KeyStore {
  readOrCreateKeyFile(file);
  return {
    list: async () => {
      const keys = readKeys(file).map(({ bytes, madeAt }) => ({ id: idOfKey(bytes), bytes, madeAt }));
      return { keys: newestFirst(keys), now: clock.now() };
    },
    add: async () => {
      const made = { bytes: newKey(), madeAt: clock.now() };
      changeKeyFile(file, (keys) => [made, ...keys]);
      return { id: idOfKey(made.bytes), ...made };
    },
    drop: async (id) => {
      changeKeyFile(file, (keys) => {
        const [newest, ...older] = keys.filter(({ bytes }) => idOfKey(bytes) !== id);
        if (newest === undefined) throw new Error(`The key file ${file} would be empty.`);
        return older.length + 1 === keys.length ? keys : [newest, ...older];
      });
    },
  };
}

/** The keys of a key file, which is made when missing, as they stand whenever one is wanted: the first encrypts. */
export function fileRing(file: string): KeyRing {
  readOrCreateKeyFile(file);
  const keys = () => readKeys(file).map(({ bytes }) => ({ id: idOfKey(bytes), bytes }));
  return {
    newest: async () => {
      const [first] = keys();
      if (first === undefined) throw new Error(`The key file ${file} is empty`);
      return first;
    },
    find: async (id) => keys().find((key) => key.id === id),
    ping: async () => void keys(),
  };
}
