// The wallet in Chromium: its lock over tabs, its storage, and what a page gets to see of it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { source } from "./bundle.mjs";
import { Peer, fromHex, toHex } from "./peer.mjs";
import { Site } from "./site.mjs";

const { fromText, toText } = await source("worker/testing.ts");
const NOON = 1_800_100_800_000;
const COOKIE = "session=of-the-login";

let peer;
let site;
let browser;
let context;
let signer;

before(async () => {
  [peer, site] = [new Peer(), await Site.open()];
  signer = toText(await peer.bytes("signer"));
  const schedule = await peer.bytes("schedule");
  site.routes["/tokens/v1/weather/schedule"] = { octets: () => schedule };
  site.routes["/tokens/v1/weather/issue"] = { octets: async (body) => fromHex(await ask("issue", toHex(body))) };
  browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update", "--disable-sync"],
  });
});
after(async () => {
  await browser?.close();
  site.close();
  peer.end();
});

let last = Promise.resolve();
const ask = (...words) => (last = last.then(() => peer.ask(...words)));
const redeem = ({ request, context, payload }) => ask("redeem", ...[request, context, payload].map((text) => toHex(fromText(text))));

/** A browser that knows nothing. */
async function begin() {
  await context?.close();
  context = await browser.newContext();
  await context.addCookies([{ name: "session", value: "of-the-login", url: site.url }]);
  site.asked = [];
}

/** A tab with a wallet. The clock of the worker is that of the machine, and so the script of the worker gets another. */
async function tab() {
  const page = await context.newPage();
  page.on("pageerror", (error) => assert.fail(error));
  await page.route(/wallet-.*\.js$/, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: `Date.now = () => ${NOON};${await answer.text()}` });
  });
  await page.goto(site.url);
  await page.waitForFunction("globalThis.tokens !== undefined");
  await page.evaluate((signer) => {
    globalThis.wallet = tokens({ service: "/tokens/v1/weather", redeemer: "station", signer, low: 2, full: 4 });
    globalThis.attempt = (work) => work.then((value) => ({ value }), ({ name, failure }) => ({ name, failure }));
    globalThis.take = (text) => attempt(wallet.take({ payload: new TextEncoder().encode(text) }));
  }, signer);
  return page;
}

test("a wallet is filled and spent from, over a reload, by a user who is seen at the one and not at the other", async () => {
  await begin();
  let page = await tab();
  assert.deepEqual(await page.evaluate(() => take("rain")), { name: "TokensError", failure: "empty" });
  assert.deepEqual(await page.evaluate(() => attempt(wallet.refill("a.b.c"))), { value: { have: 4, drawn: 4 } });
  const issue = site.asked.find(({ path }) => path.endsWith("/issue"));
  assert.equal(issue.headers.authorization, "Bearer a.b.c");
  assert.equal(issue.headers["content-type"], "application/octet-stream");
  // The site has a cookie, which goes with its page and with no question of the wallet.
  assert.deepEqual(site.asked.filter(({ headers }) => headers.cookie === COOKIE).map(({ path }) => path), []);
  const { value } = await page.evaluate(() => take("rain"));
  assert.equal(await redeem(value), "spent");
  await page.close();
  page = await tab();
  for (let use = 1; use < 8; use += 1) assert.equal(await redeem((await page.evaluate(() => take("rain"))).value), "spent");
  assert.deepEqual(await page.evaluate(() => take("rain")), { name: "TokensError", failure: "empty" });
});

test("tabs that draw at the same time get different tokens", async () => {
  await begin();
  const tabs = [await tab(), await tab(), await tab()];
  const filled = await Promise.all(tabs.map((page) => page.evaluate(() => attempt(wallet.refill("a.b.c")))));
  for (const { value } of filled) assert.equal(value.have, 4);
  const requests = site.asked.filter(({ path }) => path.endsWith("/issue")).map(({ text }) => text);
  assert.equal(new Set(requests).size, 1, "one request, whoever sends it");
  const taken = await Promise.all(tabs.map((page) => page.evaluate(() => Promise.all([take("rain"), take("rain")]))));
  const redemptions = taken.flat().map(({ value }) => value);
  assert.equal(new Set(redemptions.map(({ request }) => request)).size, 6);
  for (const redemption of redemptions) assert.equal(await redeem(redemption), "spent");
});

test("tokens are not there in the clear, and go with the device", async () => {
  await begin();
  const page = await tab();
  await page.evaluate(() => wallet.refill("a.b.c"));
  const stored = await page.evaluate(async () => {
    const open = indexedDB.open("milagro-pad");
    await new Promise((resolve) => (open.onsuccess = resolve));
    const all = open.result.transaction("kept").objectStore("kept").getAll();
    await new Promise((resolve) => (all.onsuccess = resolve));
    open.result.close();
    return all.result.map((value) => (value instanceof CryptoKey ? value.extractable : Object.keys(value).toSorted().join(" ")));
  });
  assert.deepEqual(stored.map(String).toSorted(), ["false", "nonce sealed"]);
  // The device forgets, while the wallet is in use.
  const forgotten = await page.evaluate(async () => {
    const pad = connect({ login: "", registrar: "/registrar" });
    await Promise.all([take("rain"), pad.forget(), take("rain")]);
    await pad.forget();
    return [await attempt(wallet.have()), await attempt(wallet.refill("a.b.c")), await take("rain")];
  });
  assert.deepEqual(forgotten[0], { value: 0 });
  assert.deepEqual(forgotten[1], { value: { have: 4, drawn: 4 } });
  assert.equal(await redeem(forgotten[2].value), "spent");
});

test("a wallet that is told nothing of use says so", async () => {
  await begin();
  const page = await tab();
  const failure = await page.evaluate(() => attempt(tokens({ service: "/tokens/v1/weather", redeemer: "station" }).have()));
  assert.deepEqual(failure, { name: "TokensError", failure: "internal" });
});
