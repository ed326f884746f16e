// Tokens of an issuer that shares no code with the libraries, drawn and spent by the module that the pad loads and by a client that
// shares none with it either: the same bytes from the same randomness.

import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";

import { ed25519 } from "@noble/curves/ed25519.js";

import { bytes, concat, hex, little, number, Reader, str, u16, u32, u64, u8 } from "./bytes.js";
import { load, options, random, Seeded } from "./modules.js";
import { answer, draw, finish, keyOf, readSigned, redeem, scheduleBytes, signedBytes, tokenBytes } from "./tokens.js";

const ROUNDS = 10;
const TOKENS = 10;
const NOW = 1_800_100_800;

/** An issuer with one key that is open, and a plan that nobody has seen before. */
function issuer() {
  const scalar = random(32);
  scalar[31] &= 15;
  const plan = {
    use_case: hex(random(randomInt(1, 20))),
    origin: 1_800_057_600,
    length: 86_400,
    issue_overlap: 60,
    redeem_overlap: 3_600,
    leeway: 60,
    uses: randomInt(1, 5),
  };
  const seed = random(32);
  const slot = { epoch: 0, serial: 0, opens: plan.origin };
  const signed = signedBytes(scheduleBytes(plan, [{ ...slot, key: keyOf(scalar) }]), seed);
  const signer = ed25519.getPublicKey(seed);
  const [key] = readSigned(signed, signer).keys;
  return { scalar, plan, key, book: concat(u8(0), signer, str(""), str(signed)) };
}

const walletBytes = (tokens) => concat(u8(1), u32(tokens.length), ...tokens.map(tokenBytes));
const sorted = (tokens) => tokens.toSorted((one, other) => Buffer.compare(one.origin, other.origin));

/** What a wallet of one key takes out: one of the tokens, by eight bytes of its generator; the last one takes its place. */
function takeOut(tokens, tape) {
  const at = Number(little(tape.draw(8)) % BigInt(tokens.length));
  const left = [...tokens];
  const taken = left[at];
  const moved = left.pop();
  if (at < left.length) left[at] = moved;
  return { taken, left };
}

test(`${ROUNDS * TOKENS} random tokens, and all their uses, are the same`, options, async () => {
  const tokens = await load("tokens.wasm");
  for (let round = 0; round < ROUNDS; round += 1) {
    const { scalar, plan, key, book } = issuer();
    const seed = random(32);
    const ours = draw(key, { count: TOKENS, form: 0, uses: plan.uses }, new Seeded(seed));
    const pending = tokens("draw", seed, book, u64(NOW), u16(TOKENS));
    assert.deepEqual(ours.pending, pending, `round ${round}`);
    assert.deepEqual(ours.request, tokens("request", book, str(pending)));

    const response = answer(scalar, ours.request, random(64));
    let kept = sorted(finish(ours.state, response));
    let wallet = tokens("unblind", book, str(pending), str(response), str(""));
    assert.deepEqual(walletBytes(kept), wallet);

    const redeemer = bytes("station");
    while (kept.length > 0) {
      const [seed, context, payload] = [random(32), random(randomInt(40)), random(randomInt(200))];
      const { taken, left } = takeOut(kept, new Seeded(seed));
      const { request, rest } = redeem(taken, { redeemer, context, payload });
      kept = sorted(rest ? [...left, rest] : left);
      const said = new Reader(tokens("take", seed, book, str(wallet), u64(NOW), str(redeemer), str(context), str(payload)));
      assert.deepEqual(said.str(), request, `round ${round}`);
      wallet = said.rest;
      assert.deepEqual(walletBytes(kept), wallet);
    }
    assert.equal(number(wallet.slice(1)), 0n);
  }
});
