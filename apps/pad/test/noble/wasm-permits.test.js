// Permits of bulletins that a client without any code of the libraries has made, and proofs that bring them: the same bytes.

import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";

import { sha256 } from "@noble/hashes/sha2.js";

import { concat, fixed, number, str, u64, u8, u32 } from "./bytes.js";
import { encode, mod, times } from "./curve.js";
import { pinFactor, unlock } from "./factors.js";
import { prove } from "./login.js";
import { load, options, random, Seeded, somebody } from "./modules.js";
import { labelPoint, leaf, permitBytes } from "./names.js";
import { findInSlices } from "./permits.js";

const ROUNDS = 100;
const DAY = 86_400;

/** Index and slice of a bulletin with one gap around a leaf, and one after it. */
function bulletin({ domain, epoch, own, master }) {
  const around = [own - BigInt(randomInt(1000)), own + BigInt(randomInt(1000))];
  const last = (1n << 128n) - 1n;
  const bounds = [around, [around[1] + 2n, last]].filter(([low, high]) => low >= 0n && low <= high && high <= last);
  const gaps = bounds.map((pair) => pair.map((value) => fixed(value, 16)));
  const records = gaps.map((gap) => {
    const label = { epoch, length: DAY, gap };
    return concat(...gap, encode(times(labelPoint(label, domain), master)));
  });
  const slice = concat(u8(1), u32(records.length), ...records);
  const head = concat(u8(1), domain, u64(0), random(32), u64(epoch), u64(DAY), u64(1), random(32), u32(records.length));
  const index = concat(u8(1), head, u32(1), gaps[0][0], sha256(slice));
  return { index, slice };
}

test(`${ROUNDS} random permits, and the proofs that bring them, are the same`, options, async () => {
  const [login, permits] = [await load("login.wasm"), await load("permits.wasm")];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { domain, identity, pin, token } = somebody();
    const [master, epoch] = [mod(number(random(64))), randomInt(2 ** 40)];
    const own = number(leaf(identity, domain));
    const { index, slice } = bulletin({ domain, epoch, own, master });
    const asked = concat(domain, str(identity), u64(epoch), u64(DAY), sha256(index), str(index));
    assert.deepEqual(permits("slice", asked), sha256(slice), `round ${round}`);
    const found = findInSlices(index, [slice], identity, { id: domain });
    const permit = permits("permit", asked, slice);
    assert.deepEqual(permitBytes(found), permit, `round ${round}`);

    const [seed, server, challenge] = [random(32), random(randomInt(1, 65)), concat(u8(2), random(40))];
    const time = randomInt(2 ** 40);
    const fresh = round % 2 === 0 ? { challenge } : { time };
    const secret = unlock(token, [pinFactor(pin)]);
    const what = { domain, identity, server, secret, permit: found, ...fresh };
    const ours = prove(round % 2 === 0 ? "challenge" : "one-pass", what, new Seeded(seed));
    const head = [seed, str(token), str(pin), domain, str(server)];
    const theirs =
      round % 2 === 0 ? login("answer", ...head, challenge, str(permit)) : login("at", ...head, u64(time), str(permit));
    assert.deepEqual(ours.message, theirs, `round ${round}`);
  }
});
