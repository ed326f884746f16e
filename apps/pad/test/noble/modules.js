// The modules that the pad loads, and what a client without any code of the libraries needs beside them.

import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";

import { concat, number, u64 } from "./bytes.js";
import { mod, P, times } from "./curve.js";
import { pinFactor, split } from "./factors.js";
import { device, pseudonym, raw } from "./names.js";
import { Transcript } from "./transcript.js";

const DIST = new URL("../../dist/", import.meta.url);
const MANIFEST = new URL("manifest.json", DIST);
const manifest = existsSync(MANIFEST) ? JSON.parse(readFileSync(MANIFEST, "utf8")) : {};
const MODULES = ["login.wasm", "enrol.wasm", "permits.wasm", "tokens.wasm"];
const isBuilt = MODULES.every((name) => name in manifest);
/** Of tests that need the modules. */
export const options = { skip: isBuilt ? false : "no modules are built" };

/** What a module draws from a seed: output number i is 32 bytes over the seed and i. */
export class Seeded {
  constructor(seed) {
    this.said = new Transcript("milagro-pad-v1-seeded").with("seed", seed);
    this.drawn = 0;
  }

  draw(length) {
    const pieces = Array.from({ length: Math.ceil(length / 32) }, () => {
      const piece = this.said.with("drawn", u64(this.drawn)).bytes(32, "output");
      this.drawn += 1;
      return piece;
    });
    return concat(...pieces).slice(0, length);
  }
}

/** Calls by name: a request in, an answer out. */
export async function load(name) {
  const { instance } = await WebAssembly.instantiate(readFileSync(new URL(manifest[name], DIST)));
  const { memory, shared_at, ...calls } = instance.exports;
  return (call, ...parts) => {
    const request = concat(...parts);
    new Uint8Array(memory.buffer, shared_at(), request.length).set(request);
    const length = calls[call](request.length);
    assert.ok(length >= 0, `${call} gives ${length}`);
    return new Uint8Array(memory.buffer, shared_at(), length).slice();
  };
}

export const random = (length) => new Uint8Array(randomBytes(length));
export const randomPin = () => {
  const digits = randomInt(4, 7);
  return String(randomInt(10 ** digits)).padStart(digits, "0");
};

/** A token of somebody, and its PIN. */
export function somebody() {
  const kinds = [
    () => raw(random(randomInt(1, 1025))),
    () => pseudonym(random(32)),
    () => device("shop", `user-${randomInt(1e9)}`, random(16)),
  ];
  const identity = kinds[randomInt(kinds.length)]();
  const secret = times(P, mod(number(random(64))));
  const [domain, pin] = [random(32), randomPin()];
  return { domain, identity, pin, token: split({ domain, identity, secret, factors: [pinFactor(pin)] }) };
}
