// Vectors with inputs that nobody has seen before, made by the libraries: `MAKE_VECTORS` is the program that makes them.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { check } from "./kinds.js";

const program = process.env.MAKE_VECTORS;
/** How many cases of each kind there are to be: a hundred proofs, 102 tokens, and 68 permits of shares beside their bulletins. */
const CASES = new Map([
  ["login", 100],
  ["tokens", 51],
  ["permits", 34],
]);

/** Cases with random inputs, of every kind at once. */
function make(directory) {
  const { status, stderr } = spawnSync(program, [directory, randomBytes(16).toString("hex")], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return (name) => JSON.parse(readFileSync(join(directory, `${name}.json`), "utf8")).cases;
}

test("random proofs, tokens and permits agree", { skip: program ? false : "MAKE_VECTORS names no program" }, () => {
  const directory = mkdtempSync(join(tmpdir(), "milagro-vectors-"));
  after(() => rmSync(directory, { recursive: true }));
  const left = new Map(CASES);
  while ([...left.values()].some((count) => count > 0)) {
    const cases = make(directory);
    for (const [name, count] of left) {
      const taken = cases(name).slice(0, Math.max(count, 0));
      for (const one of taken) check(name, one);
      left.set(name, count - taken.length);
    }
  }
});
