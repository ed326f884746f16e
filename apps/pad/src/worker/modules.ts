// The WebAssembly modules: one for logins, which is compiled ahead, and others for what is done seldom, loaded when it is.
//
// A request lies in a part of the module's memory that is shared with it. The module takes it out and leaves zeros, and puts
// its answer there, which is taken out here in the same way. So a PIN is in memory only while it is worked with.

import type { Failure } from "../types";
import type { Bytes } from "./bytes";
import { random } from "./bytes";
import { Fault } from "./fault";

/** A piece of a request: bytes as they are, bytes with their length, a number of two bytes, or digits as they were typed. */
export type Piece =
  | { raw: Uint8Array }
  | { string: Uint8Array }
  | { u16: number }
  | { u64: number }
  | { digits: string };

interface Exports {
  memory: WebAssembly.Memory;
  shared_at(): number;
  shared_size(): number;
}

type Call = (length: number) => number;

const SEED = 32;

/** What a fault of a module means, by its number; the order is that of `Fault` in the Rust source. */
export type Fails = (number: number) => Error;

const FAULTS: readonly Failure[] = [
  "internal",
  "storage",
  "wrong-pin",
  "unavailable",
  "unavailable",
  "unknown-device",
  "revoked",
];

const failed: Fails = (number) => new Fault(FAULTS[-number - 1] ?? "internal");

/** A piece that no other request shares. */
export const seed = (): Piece => ({ raw: random(SEED) });

export class Module {
  readonly #exports: Exports & Record<string, unknown>;
  readonly #fails: Fails;

  private constructor(instance: WebAssembly.Instance, fails: Fails) {
    this.#exports = instance.exports as unknown as Exports & Record<string, unknown>;
    this.#fails = fails;
  }

  /** Compiles while it arrives. The modules import nothing. */
  static async load(url: URL, fails = failed): Promise<Module> {
    let answer: Response;
    try {
      answer = await fetch(url, { credentials: "same-origin" });
    } catch {
      throw new Fault("offline");
    }
    if (!answer.ok) throw new Fault("unavailable");
    const { instance } = await WebAssembly.instantiateStreaming(answer);
    return new Module(instance, fails);
  }

  static async from(bytes: BufferSource, fails = failed): Promise<Module> {
    const { instance } = await WebAssembly.instantiate(bytes);
    return new Module(instance, fails);
  }

  call(name: string, ...pieces: Piece[]): Bytes {
    const called = this.#exports[name];
    if (typeof called !== "function") throw new Fault("internal");
    let result: number;
    try {
      result = (called as Call)(write(this.#shared(), pieces));
    } catch {
      // What does not fit is there in part.
      this.#shared().fill(0);
      throw new Fault("internal");
    }
    if (result < 0) throw this.#fails(result);
    // The memory may have grown, and moved with that.
    const answer = this.#shared().subarray(0, result);
    const copy = answer.slice();
    answer.fill(0);
    return copy;
  }

  #shared(): Uint8Array<ArrayBuffer> {
    const { memory, shared_at, shared_size } = this.#exports;
    return new Uint8Array(memory.buffer as ArrayBuffer, shared_at(), shared_size());
  }
}

/** Writes pieces one after another. The digits of a PIN go nowhere else. */
function write(to: Uint8Array, pieces: readonly Piece[]): number {
  let at = 0;
  const number = (value: number, bytes: number) => {
    for (let byte = bytes - 1; byte >= 0; byte -= 1) put(Math.floor(value / 256 ** byte) % 256);
  };
  const put = (byte: number) => {
    if (at >= to.length) throw new Fault("internal");
    to[at] = byte;
    at += 1;
  };
  const length = (length: number) => {
    if (length > 0xffff) throw new Fault("internal");
    number(length, 2);
  };
  for (const piece of pieces) {
    if ("raw" in piece) piece.raw.forEach(put);
    else if ("u16" in piece) number(piece.u16, 2);
    else if ("u64" in piece) number(piece.u64, 8);
    else if ("string" in piece) {
      length(piece.string.length);
      piece.string.forEach(put);
    } else {
      length(piece.digits.length);
      // A character outside ASCII is no digit, and must not become one by being cut.
      for (let digit = 0; digit < piece.digits.length; digit += 1) put(Math.min(piece.digits.charCodeAt(digit), 0xff));
    }
  }
  return at;
}

/** Loads a built file once; after a failure the next one who asks tries again. */
export function lazily(file: string, fails = failed): () => Promise<Module> {
  let loaded: Promise<Module> | undefined;
  return () => {
    loaded ??= Module.load(new URL(file, self.location.href), fails).catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
}
