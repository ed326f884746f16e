// SHAKE256 of labelled parts (page, section 1).

import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { shake256 } from "@noble/hashes/sha3.js";

import { bytes, concat, number, u64 } from "./bytes.js";
import { mod } from "./curve.js";

const framed = (value) => {
  const body = bytes(value);
  return concat(u64(body.length), body);
};

export class Transcript {
  constructor(protocol, said) {
    this.said = said ?? concat(framed(""), framed(protocol));
  }

  /** Of a protocol by its short name. */
  static of(name) {
    return new Transcript(`MILAGRO-V1-${name}-SHAKE256`);
  }

  /** A new transcript with one part more. */
  with(label, data) {
    return new Transcript("", concat(this.said, framed(label), framed(data)));
  }

  bytes(length, label) {
    const end = new Uint8Array(8).fill(0xff);
    return shake256(concat(this.said, framed(label), end), { dkLen: length });
  }

  challenge(label) {
    return mod(number(this.bytes(64, label)));
  }

  /** A number of 127 bits. */
  short(label) {
    return number(this.bytes(16, label)) >> 1n;
  }

  weights(label, count) {
    const all = this.bytes(16 * count, label);
    return Array.from({ length: count }, (_, at) => number(all.slice(16 * at, 16 * at + 16)));
  }

  key(secret, label) {
    return hkdf(sha256, secret, this.bytes(32, "hkdf salt"), bytes(label), 32);
  }

  hedged(tape) {
    const value = this.with("fresh randomness", tape.draw(32)).challenge("hedged nonce");
    return value === 0n ? 1n : value;
  }
}
