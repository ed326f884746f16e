// What becomes of questions to a service that is slow, full, away or strange.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { source } from "./bundle.mjs";

const { Fault, Service, sent } = await source("worker/testing.ts");

let server;
let service;
let answers = [];
let asked = [];

before(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const answer = answers.shift();
    if (answer === undefined) return request.socket.destroy();
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  service = new Service(`http://127.0.0.1:${server.address().port}`);
});
after(() => server.close());

const form = (body) => ({ status: 200, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
const problem = (word, status, { left, after } = {}) => ({
  status,
  headers: { "Content-Type": "application/problem+json", ...(after === undefined ? {} : { "Retry-After": String(after) }) },
  body: JSON.stringify({ type: `https://example.com/problem/#${word}`, title: word, status, attempts_left: left }),
});

async function ask(given, question = {}) {
  [answers, asked] = [given, []];
  const whole = { path: "/v1/x", repeatable: false, refused: "wrong-pin", ...question };
  return service.ask(whole).then(
    (said) => ({ said }),
    (error) => {
      assert.ok(error instanceof Fault);
      return { fault: error.sent };
    },
  );
}

test("an answer is a form", async () => {
  assert.deepEqual(await ask([form({ a: 1 })]), { said: { a: 1 } });
  assert.deepEqual(asked, ["GET /v1/x"]);
  await ask([form({})], { body: { b: 2 } });
  assert.deepEqual(asked, ["POST /v1/x"]);
  for (const body of ["", "nothing", "[1]", "null", '"text"', `"${"x".repeat(1 << 21)}"`]) {
    assert.deepEqual(await ask([{ status: 200, body }]), { fault: { failure: "unavailable" } });
  }
});

test("problems in the words of the page", async () => {
  const said = async (answer, question) => (await ask([answer], question)).fault;
  const typed = { refused: "bad-code" };
  assert.deepEqual(await said(problem("refused", 403)), { failure: "refused" });
  assert.deepEqual(await said(problem("refused", 403), typed), { failure: "bad-code" });
  assert.deepEqual(await said(problem("refused", 403, { left: 0 })), { failure: "locked" });
  assert.deepEqual(await said(problem("refused", 403, { left: 3 })), { failure: "wrong-pin", left: 3 });
  assert.deepEqual(await said(problem("revoked", 403)), { failure: "revoked" });
  assert.deepEqual(await said(problem("not-found", 404)), { failure: "bad-code" });
  assert.deepEqual(await said(problem("malformed", 400)), { failure: "internal" });
  assert.deepEqual(await said(problem("malformed", 400), typed), { failure: "bad-code" });
  assert.deepEqual(await said(problem("conflict", 409), typed), { failure: "bad-code" });
  assert.deepEqual(await said(problem("rate", 429, { after: 60 })), { failure: "unavailable", retryAfter: 60 });
  assert.deepEqual(await said({ status: 502, body: "<html>" }), { failure: "unavailable" });
  assert.deepEqual(await said({ status: 418, body: "tea" }), { failure: "internal" });
  assert.deepEqual(sent(new TypeError("a text with who knows what in it")), { failure: "internal" });
});

test("what may have been counted is not asked again", async () => {
  assert.deepEqual(await ask([undefined]), { fault: { failure: "offline" } });
  assert.equal(asked.length, 1);
  assert.deepEqual(await ask([problem("unavailable", 503, { after: 0 })]), { fault: { failure: "unavailable", retryAfter: 0 } });
  assert.equal(asked.length, 1);
  // A full queue has begun nothing.
  assert.deepEqual(await ask([problem("busy", 503, { after: 0 }), form({})]), { said: {} });
  assert.deepEqual((await ask([problem("busy", 503, { after: 9 })])).fault, { failure: "unavailable", retryAfter: 9 });
});

test("what may be repeated is asked three times", async () => {
  const often = { repeatable: true };
  assert.deepEqual(await ask([undefined, problem("unavailable", 503, { after: 0 }), form({})], often), { said: {} });
  assert.deepEqual(await ask([undefined, undefined, undefined, form({})], often), { fault: { failure: "offline" } });
  assert.equal(asked.length, 3);
});

test("no redirect is followed", async () => {
  const moved = { status: 302, headers: { Location: "/v1/other" } };
  assert.deepEqual(await ask([moved]), { fault: { failure: "offline" } });
  assert.equal(asked.length, 1);
});
