// The project's own vectors.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { g1, g2, scalar } from "./curve.js";
import { check, kinds } from "./kinds.js";

const VECTORS = new URL("../../../../test-vectors/wire/", import.meta.url);

for (const name of kinds.keys()) {
  const { cases } = JSON.parse(readFileSync(new URL(`${name}.json`, VECTORS), "utf8"));
  assert.ok(cases.length > 0);
  for (const one of cases) test(`${name} ${one.id}: ${one.comment}`, () => check(name, one));
}

test("no file of vectors is left out", () => {
  const files = readdirSync(VECTORS).map((file) => file.replace(/\.json$/, ""));
  assert.deepEqual(files.toSorted(), [...kinds.keys()].toSorted());
});

test("decoders refuse what is not canonical", () => {
  const infinity = new Uint8Array(48);
  infinity[0] = 0xc0;
  assert.throws(() => g1(infinity));
  assert.throws(() => g1(new Uint8Array(48).fill(0xff)));
  assert.throws(() => g2(new Uint8Array(96)));
  assert.throws(() => scalar(new Uint8Array(32).fill(0xff)));
});
