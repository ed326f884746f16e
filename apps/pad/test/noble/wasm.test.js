// The modules that the pad loads, and a client that shares no code with them: the same bytes from the same randomness.

import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { concat, Reader, str, u16, u64, unhex } from "./bytes.js";
import { changePin, pinFactor, readToken, split, unlock } from "./factors.js";
import { checkShare, clientPublic, combine, PURPOSES, readDomain, unseal } from "./issue.js";
import { prove } from "./login.js";
import { load, options, random, randomPin, Seeded, somebody } from "./modules.js";
import { identityPoint } from "./names.js";

const ROUNDS = 100;
/** No permit. */
const none = str("");

test(`${ROUNDS} random proofs are the same`, options, async () => {
  const login = await load("login.wasm");
  for (let round = 0; round < ROUNDS; round += 1) {
    const { domain, identity, pin, token } = somebody();
    const [seed, server] = [random(32), random(randomInt(1, 65))];
    const entered = round % 3 === 0 ? randomPin().padEnd(pin.length, "0").slice(0, pin.length) : pin;
    const secret = unlock(token, [pinFactor(entered)]);
    const challenge = concat(unhex("02"), random(40));
    const time = randomInt(2 ** 40);
    const fresh = round % 2 === 0 ? { challenge } : { time };
    const ours = prove(round % 2 === 0 ? "challenge" : "one-pass", { domain, identity, server, secret, ...fresh }, new Seeded(seed));
    const head = [seed, str(token), str(entered), domain, str(server)];
    const theirs = round % 2 === 0 ? login("answer", ...head, challenge, none) : login("at", ...head, u64(time), none);
    assert.deepEqual(ours.message, theirs, `round ${round}`);
  }
});

test(`${ROUNDS} random tokens with a new PIN are the same`, options, async () => {
  const login = await load("login.wasm");
  for (let round = 0; round < ROUNDS; round += 1) {
    const { domain, identity, pin, token } = somebody();
    const fresh = randomPin();
    const ours = changePin(token, pinFactor(pin), pinFactor(fresh));
    assert.deepEqual(ours, login("change_pin", str(token), str(pin), str(fresh)), `round ${round}`);
    const seen = new Reader(login("look", str(ours)));
    assert.equal(seen.small(1), fresh.length);
    assert.deepEqual(seen.take(32), domain);
    assert.deepEqual(seen.rest, identity);
  }
});

test("enrolments of the vectors give the same token", options, async () => {
  const enrol = await load("enrol.wasm");
  const seed = random(32);
  const begun = enrol("begin", seed);
  const key = new Seeded(seed).draw(32);
  assert.deepEqual(begun, concat(key, clientPublic(key)));
  const vectors = new URL("../../../../test-vectors/wire/issue.json", import.meta.url);
  const { cases } = JSON.parse(readFileSync(vectors, "utf8"));
  const clients = cases.filter(({ in: given }) => given.subject.client);
  assert.ok(clients.length > 0);
  for (const { in: given, out } of clients) {
    const [identity, client, grant] = [unhex(given.subject.client), unhex(given.client_key), unhex(out.grant)];
    const domain = readDomain(unhex(out.domain));
    const point = identityPoint(identity);
    const shares = out.sealed.map((sealed) =>
      checkShare(unseal(unhex(sealed), grant, client), { domain, purpose: PURPOSES.client, point }),
    );
    const secret = combine(shares, domain);
    const ours = split({ domain: domain.id, identity, secret, factors: [pinFactor("4711")] });
    const answers = out.sealed.flatMap((sealed, at) => [u16(at + 1), str(unhex(sealed))]);
    const theirs = enrol("finish", client, str("4711"), domain.id, str(unhex(out.domain)), str(grant), ...answers);
    assert.deepEqual(ours, theirs);
    assert.deepEqual(readToken(theirs).identity, identity);
  }
});
