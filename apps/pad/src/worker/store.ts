// What the device keeps: records in IndexedDB, sealed under an AES-GCM key that no script can read, so that a copy of the
// files of the profile alone is not a copy of the token in the clear.

import { Fault } from "./fault";

export interface Store {
  get(name: string): Promise<unknown>;
  /** Resolves once it is on the disk. */
  put(name: string, value: unknown): Promise<void>;
  delete(name: string): Promise<void>;
  /** All of it, and the key. */
  clear(): Promise<void>;
}

/** The lock that whoever changes the wallet holds. */
export const WALLET_LOCK = "milagro-pad-tokens";

const DATABASE = "milagro-pad";
const KEPT = "kept";
const KEY = "key";

interface Sealed {
  nonce: Uint8Array<ArrayBuffer>;
  sealed: ArrayBuffer;
}

export class IndexedStore implements Store {
  #opened: Promise<IDBDatabase> | undefined;

  async get(name: string): Promise<unknown> {
    return guarded(async () => {
      const database = await this.#open();
      const [key, kept] = await read(database, [KEY, name]);
      if (kept === undefined) return undefined;
      const { nonce, sealed } = kept as Sealed;
      const open = { name: "AES-GCM", iv: nonce, additionalData: new TextEncoder().encode(name) };
      const plain = await crypto.subtle.decrypt(open, key as CryptoKey, sealed);
      const value: unknown = JSON.parse(new TextDecoder().decode(plain));
      new Uint8Array(plain).fill(0);
      return value;
    });
  }

  async put(name: string, value: unknown): Promise<void> {
    return guarded(async () => {
      const database = await this.#open();
      const key = await this.#key(database);
      const plain = new TextEncoder().encode(JSON.stringify(value));
      const nonce = crypto.getRandomValues(new Uint8Array(12));
      const seal = { name: "AES-GCM", iv: nonce, additionalData: new TextEncoder().encode(name) };
      const sealed = await crypto.subtle.encrypt(seal, key, plain);
      plain.fill(0);
      await write(database, (kept) => kept.put({ nonce, sealed } satisfies Sealed, name));
    });
  }

  async delete(name: string): Promise<void> {
    return guarded(async () => write(await this.#open(), (kept) => kept.delete(name)));
  }

  async clear(): Promise<void> {
    return guarded(async () => write(await this.#open(), (kept) => kept.clear()));
  }

  /** The key, which is made with the first record. Device and wallet may both make one, and the first is the key of both. */
  async #key(database: IDBDatabase): Promise<CryptoKey> {
    const [kept] = await read(database, [KEY]);
    if (kept !== undefined) return kept as CryptoKey;
    const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    // A transaction waits for the one before it.
    await write(database, (kept) => {
      const there = kept.count(KEY);
      there.onsuccess = () => {
        if (there.result === 0) kept.put(made, KEY);
      };
    });
    const [key] = await read(database, [KEY]);
    return key as CryptoKey;
  }

  #open(): Promise<IDBDatabase> {
    this.#opened ??= new Promise<IDBDatabase>((resolve, reject) => {
      const asked = indexedDB.open(DATABASE, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(KEPT);
      asked.onerror = () => reject(asked.error);
      asked.onblocked = () => reject(new Fault("storage"));
      asked.onsuccess = () => {
        const database = asked.result;
        const forget = () => {
          this.#opened = undefined;
        };
        // Somebody clears the storage of the site, or a later release opens it.
        database.onclose = forget;
        database.onversionchange = () => {
          database.close();
          forget();
        };
        resolve(database);
      };
    }).catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }
}

/** Whatever goes wrong below is a fault of the storage. */
async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch {
    throw new Fault("storage");
  }
}

function read(database: IDBDatabase, names: readonly string[]): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(KEPT, "readonly");
    const asked = names.map((name) => transaction.objectStore(KEPT).get(name));
    transaction.oncomplete = () => resolve(asked.map(({ result }) => result as unknown));
    transaction.onabort = () => reject(transaction.error);
  });
}

function write(database: IDBDatabase, change: (kept: IDBObjectStore) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(KEPT, "readwrite", { durability: "strict" });
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
    change(transaction.objectStore(KEPT));
  });
}
