// The wallet: what it asks, what it keeps before it says anything, and what two tabs and a lost answer come to.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { built, source } from "./bundle.mjs";
import { Peer, fromHex, toHex } from "./peer.mjs";

const { Module, Tenant, Wallet, fromText, toText, tokensFailed, tokensSent } = await source("worker/testing.ts");
const module = await Module.from(await built("tokens.wasm"), tokensFailed);
const NOON = 1_800_100_800;
const payload = new Uint8Array([1, 2, 3]);
const context = new TextEncoder().encode("report");

let peer;
let known;

before(async () => {
  peer = new Peer();
  known = {
    signer: toText(await peer.bytes("signer")),
    digest: toText(await peer.bytes("digest")),
    schedule: await peer.bytes("schedule"),
    withdrawn: await peer.bytes("withdrawn"),
  };
});
after(() => peer.end());

let last = Promise.resolve();
/** The peer answers one after another. */
const ask = (...words) => (last = last.then(() => peer.ask(...words)));

/** A tenant that can be told what to do, and a store that several wallets share. */
function world() {
  const tenant = {
    published: known.schedule,
    asked: [],
    schedule: async () => tenant.published,
    issue: async (bearer, request) => {
      tenant.asked.push({ bearer, request: toHex(request) });
      return fromHex(await ask("issue", toHex(request)));
    },
  };
  const records = {};
  const store = {
    puts: 0,
    get: async (name) => structuredClone(records[name]),
    put: async (name, value) => {
      // A disk takes its time.
      await new Promise((resolve) => setTimeout(resolve, 2));
      store.puts += 1;
      records[name] = structuredClone(value);
    },
  };
  let before = Promise.resolve();
  const alone = (work) => {
    const mine = before.then(work);
    before = mine.catch(() => undefined);
    return mine;
  };
  const config = { service: "https://x.example/v1/weather", redeemer: "station", signer: known.signer, low: 3, full: 5 };
  const around = { store, tenant, module: async () => module, alone, now: () => NOON };
  const tab = (changed = {}) => new Wallet({ ...config, ...changed }, around);
  return { tenant, records, store, around, tab };
}

const fails = (failure, promise) => assert.rejects(promise, (error) => tokensSent(error).failure === failure);
const redeem = ({ request, context, payload }) => ask("redeem", ...[request, context, payload].map((text) => toHex(fromText(text))));

test("a wallet is filled, and every use is spent once", async () => {
  const { tenant, tab } = world();
  const wallet = tab();
  await fails("empty", wallet.take({ payload }));
  assert.equal(await wallet.have(), 0);
  assert.deepEqual(await wallet.refill("a bearer"), { have: 5, drawn: 5 });
  assert.deepEqual(await wallet.refill("a bearer"), { have: 5, drawn: 0 });
  assert.deepEqual(tenant.asked.map(({ bearer }) => bearer), ["a bearer"]);
  const shown = new Set();
  for (let use = 0; use < 10; use += 1) {
    const redemption = await wallet.take({ context, payload });
    assert.deepEqual(fromText(redemption.payload), payload);
    assert.equal(await redeem(redemption), "spent");
    assert.equal(await redeem(redemption), "again");
    assert.equal(await redeem({ ...redemption, payload: toText(context) }), "refused");
    shown.add(redemption.request);
  }
  assert.equal(shown.size, 10);
  await fails("empty", wallet.take({ context, payload }));
  assert.deepEqual(await wallet.refill("a bearer"), { have: 5, drawn: 5 });
});

test("it is drawn ahead of need, and not before", async () => {
  const { tenant, tab } = world();
  const wallet = tab();
  await wallet.refill("a bearer");
  // Tokens of two uses: the second one of a token is left, so that four of them are two or three tokens fewer.
  while ((await wallet.have()) >= 3) {
    await wallet.take({ payload });
    const { drawn, have } = await wallet.refill("a bearer");
    if (drawn > 0) assert.equal(have, 5);
    if (drawn > 0) break;
  }
  assert.equal(tenant.asked.length, 2);
});

test("two tabs that spend at the same time show different uses", async () => {
  const { tab } = world();
  const [one, other] = [tab(), tab()];
  await one.refill("a bearer");
  const taken = await Promise.all(Array.from({ length: 10 }, (_, at) => (at % 2 ? one : other).take({ payload })));
  assert.equal(new Set(taken.map(({ request }) => request)).size, 10);
  for (const redemption of taken) assert.equal(await redeem(redemption), "spent");
  await fails("empty", one.take({ payload }));
});

test("two tabs that fill at the same time draw once", async () => {
  const { tenant, tab } = world();
  const filled = await Promise.all([tab().refill("a bearer"), tab().refill("a bearer")]);
  assert.deepEqual(filled.map(({ have }) => have), [5, 5]);
  assert.equal(new Set(tenant.asked.map(({ request }) => request)).size, 1, "the same request");
});

test("a token leaves before its redemption is seen", async () => {
  const { store, tab } = world();
  const wallet = tab();
  await wallet.refill("a bearer");
  const put = store.put;
  store.put = async () => {
    throw new Error("the disk is full");
  };
  await assert.rejects(wallet.take({ payload }));
  store.put = put;
  const puts = store.puts;
  await wallet.take({ payload });
  assert.equal(store.puts, puts + 1);
});

test("a lost answer is asked for again with the same request", async () => {
  const { tenant, records, tab } = world();
  const issue = tenant.issue;
  tenant.issue = async (...asked) => {
    await issue(...asked);
    throw Object.assign(new Error(), { name: "lost" });
  };
  await fails("internal", tab().refill("a bearer"));
  const [record] = Object.values(records);
  assert.notEqual(record.pending, "");
  tenant.issue = issue;
  // Over a restart, too.
  assert.deepEqual(await tab().refill("a bearer"), { have: 5, drawn: 5 });
  assert.equal(tenant.asked.length, 2);
  assert.equal(tenant.asked[0].request, tenant.asked[1].request);
  assert.equal(Object.values(records)[0].pending, "");
});

test("a schedule that is not everybody's, or an earlier one, draws nothing", async () => {
  const { tenant, tab } = world();
  const other = new Peer();
  const foreign = await other.bytes("schedule");
  other.end();
  for (const published of [foreign, known.schedule.slice(1), new Uint8Array(), known.schedule.map((byte, at) => byte ^ (at === 80))]) {
    tenant.published = published;
    await fails("not-pinned", tab().refill("a bearer"));
  }
  tenant.published = known.schedule;
  await tab().refill("a bearer");
  tenant.published = known.withdrawn;
  await fails("closed", tab().refill("a bearer"));
  await fails("empty", tab().take({ payload }));
  tenant.published = known.schedule;
  await fails("not-pinned", tab().refill("a bearer"));
  // By its digest.
  const byDigest = world();
  const pinned = byDigest.tab({ signer: undefined, digest: known.digest });
  assert.deepEqual(await pinned.refill("a bearer"), { have: 5, drawn: 5 });
  byDigest.tenant.published = known.withdrawn;
  await fails("not-pinned", pinned.refill("a bearer"));
  for (const changed of [{ signer: undefined }, { digest: known.digest }, { signer: "AA" }]) assert.throws(() => tab(changed));
});

test("an answer that is not of the key that everybody has is found out", async () => {
  const { tenant, tab } = world();
  const issue = tenant.issue;
  tenant.issue = async (...asked) => {
    const answer = await issue(...asked);
    const [one, two] = [answer.slice(65, 97), answer.slice(97, 129)];
    answer.set(two, 65);
    answer.set(one, 97);
    return answer;
  };
  await fails("other-key", tab().refill("a bearer"));
  tenant.issue = issue;
  assert.deepEqual(await tab().refill("a bearer"), { have: 5, drawn: 5 });
});

test("answers of a service over HTTP", async () => {
  const answers = [];
  const asked = [];
  const server = createServer(async (request, response) => {
    let length = 0;
    for await (const piece of request) length += piece.length;
    asked.push({ method: request.method, url: request.url, length, ...request.headers });
    const { status, headers = {}, body = "" } = answers.shift() ?? { status: 0 };
    if (status === 0) return request.socket.destroy();
    return response.writeHead(status, headers).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const tenant = new Tenant(`http://127.0.0.1:${server.address().port}/v1/weather`);
  const { around, tab } = world();
  around.tenant = tenant;
  const refill = async (...given) => {
    answers.splice(0, answers.length, { status: 200, body: known.schedule }, ...given);
    asked.length = 0;
    return tab().refill("a.b.c");
  };
  await fails("unauthorized", refill({ status: 401 }));
  assert.deepEqual(
    asked.map(({ method, url, authorization, cookie, length }) => ({ method, url, authorization, cookie, length })),
    [
      { method: "GET", url: "/v1/weather/schedule", authorization: undefined, cookie: undefined, length: 0 },
      { method: "POST", url: "/v1/weather/issue", authorization: "Bearer a.b.c", cookie: undefined, length: 33 + 5 * 32 },
    ],
  );
  assert.equal(asked[1]["content-type"], "application/octet-stream");
  const waits = () => around.store.get("tokens https://x.example/v1/weather").then(({ pending }) => pending !== "");
  assert.ok(await waits(), "a login of the provider may come yet");
  await fails("unavailable", refill({ status: 503 }, { status: 503, headers: { "retry-after": "0" } }, { status: 503 }));
  assert.ok(await waits());
  await fails("offline", refill({ status: 0 }, { status: 0 }, { status: 0 }));
  assert.ok(await waits());
  for (const [status, failure] of [[403, "refused"], [409, "closed"], [413, "internal"]]) {
    await fails(failure, refill({ status }));
    assert.ok(!(await waits()), `${status} is the last word`);
    await fails("unauthorized", refill({ status: 401 }));
  }
  server.close();
});
