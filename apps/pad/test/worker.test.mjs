// The worker in Chromium: its storage, its lock, its speed, and where the PIN is not.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { built, source } from "./bundle.mjs";
import { Peer, fromHex, toHex } from "./peer.mjs";
import { Site } from "./site.mjs";

const { Module, fromText, toText } = await source("worker/testing.ts");
const PIN = "1234";
const code = { for: "code", client: "shop", origin: "https://shop.example" };

let peer;
let site;
let browser;
let context;
let enrolled;
/** The number of the next cookie. */
let next;

before(async () => {
  [peer, site] = [new Peer(), await Site.open()];
  const login = await Module.from(await built("login.wasm"));
  const token = await peer.bytes("token");
  const looked = login.call("look", { string: token });
  const [id, server] = [await peer.bytes("id"), await peer.bytes("server")];
  enrolled = {
    token: toText(token),
    cookie: toText(Buffer.from("cookie-1")),
    server: toText(server),
    identity: toText(looked.slice(33)),
    domain: toText(id),
    user: "alice",
    pinLength: 4,
  };
  let last = Promise.resolve();
  // The peer answers one after another.
  const ask = (...words) => (last = last.then(() => peer.ask(...words)));
  const challenge = async () => toText(fromHex(await ask("challenge")));
  site.routes["/v1/challenge"] = async () => ({ challenge: await challenge(), domain: toText(id), server: toText(server) });
  site.routes["/v1/login"] = async ({ proof, cookie }) => {
    if (Buffer.from(fromText(cookie)).toString() !== `cookie-${next - 1}`) return wrong;
    if ((await ask("login", toHex(fromText(proof)))) !== "accepted") return wrong;
    next += 1;
    return { user: "alice", cookie: toText(Buffer.from(`cookie-${next - 1}`)), code: "a code" };
  };
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

const refused = { status: 403, type: "https://example.com/#refused", title: "refused" };
const wrong = { ...refused, attempts_left: 4 };

/** A browser that knows nothing, with one page whose device is enrolled. */
async function device(kept = enrolled) {
  await context?.close();
  context = await browser.newContext();
  next = 2;
  site.asked = [];
  const page = await tab();
  await page.evaluate((kept) => new IndexedStore().put("device", kept), kept);
  return page;
}

async function tab() {
  const page = await context.newPage();
  page.on("pageerror", (error) => assert.fail(error));
  await page.goto(site.url);
  await page.waitForFunction("globalThis.connect !== undefined");
  await page.evaluate(() => {
    globalThis.pad = connect({ login: "", registrar: "/registrar" });
    globalThis.attempt = (work) =>
      work.then((value) => ({ value }), ({ name, failure, left }) => (left === undefined ? { name, failure } : { name, failure, left }));
  });
  return page;
}

const login = (page, pin, purpose = code) =>
  page.evaluate(([pin, purpose]) => attempt(pad.login(pin, purpose)), [pin, purpose]);

test("a login from a page to the service and back", async () => {
  const page = await device();
  assert.deepEqual(await page.evaluate(() => pad.state()), { kind: "enrolled", user: "alice", pinLength: 4 });
  assert.deepEqual(await login(page, PIN), { value: { user: "alice", code: "a code" } });
  assert.deepEqual(await login(page, "0000"), { name: "PadError", failure: "wrong-pin", left: 4 });
  await page.evaluate(() => pad.changePin("1234", "567890"));
  assert.equal((await page.evaluate(() => pad.state())).pinLength, 6);
  await page.reload();
  assert.deepEqual(await login(await tab(), "567890"), { value: { user: "alice", code: "a code" } });
  await page.goto(site.url);
  await (await tab()).evaluate(() => pad.forget());
  assert.deepEqual(await (await tab()).evaluate(() => pad.state()), { kind: "none" });
});

test("a code enrols a browser that knows nothing", async () => {
  const page = await device();
  await page.evaluate(() => pad.forget());
  const letter = JSON.stringify({ user: "bob", device: "AA", cookie: toText(Buffer.from("cookie-1")) });
  let granted;
  Object.assign(site.routes, {
    "/registrar/v1/enrolments": async ({ client, by }) => {
      if (by.code !== "ABCD") return refused;
      granted = await peer.grant(fromText(client), letter);
      return { grant: toText(granted.grant) };
    },
    "/registrar/v1/shares": () => ({
      shares: granted.shares.map(({ authority, sealed }) => ({ authority, sealed: toText(sealed) })),
      missing: 0,
    }),
    "/registrar/v1/devices": () => ({ sealed: toText(granted.letter) }),
    "/registrar/v1/registrar": async () => ({ domain: toText(await peer.bytes("domain")) }),
  });
  const enrol = (code) => page.evaluate((code) => attempt(pad.enrol({ code, pin: "97531" })), code);
  assert.deepEqual(await enrol("nonsense"), { name: "PadError", failure: "bad-code" });
  assert.deepEqual(await enrol("ABCD"), { value: { kind: "enrolled", user: "bob", pinLength: 5 } });
  assert.deepEqual(await login(page, "97530"), { name: "PadError", failure: "wrong-pin", left: 4 });
  assert.deepEqual(await login(page, "97531"), { value: { user: "alice", code: "a code" } });
  assert.ok(!JSON.stringify(site.asked).includes("97531"));
});

test("two tabs are one device", async () => {
  const tabs = [await device(), await tab(), await tab()];
  const logins = await Promise.all(tabs.flatMap((page) => [login(page, PIN), login(page, PIN)]));
  for (const said of logins) assert.deepEqual(said, { value: { user: "alice", code: "a code" } });
  assert.equal(next, 8);
});

test("offline and back", async () => {
  const page = await device();
  await page.evaluate(() => pad.state());
  const route = site.routes["/v1/challenge"];
  site.routes["/v1/challenge"] = async () => ({ status: 0 });
  assert.deepEqual(await login(page, PIN), { name: "PadError", failure: "offline" });
  site.routes["/v1/challenge"] = route;
  assert.deepEqual(await login(page, PIN), { value: { user: "alice", code: "a code" } });
});

test("the PIN is in no message and no storage, and the token is not there in the clear", async () => {
  const pin = "739164";
  const page = await device();
  const logged = [];
  page.on("console", (message) => logged.push(message.text()));
  await page.evaluate((pin) => pad.changePin("1234", pin), pin);
  assert.deepEqual(await login(page, pin), { value: { user: "alice", code: "a code" } });
  const stored = await page.evaluate(async () => {
    const text = (value) => {
      if (value instanceof CryptoKey) return `key, extractable: ${value.extractable}`;
      if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
        return String.fromCharCode(...new Uint8Array(value.buffer ?? value));
      }
      return typeof value === "object" ? Object.entries(value).flat().map(text).join(" ") : String(value);
    };
    const found = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie, location.href];
    for (const { name } of await indexedDB.databases()) {
      const open = indexedDB.open(name);
      await new Promise((resolve) => (open.onsuccess = resolve));
      for (const table of open.result.objectStoreNames) {
        const all = open.result.transaction(table).objectStore(table).getAll();
        await new Promise((resolve) => (all.onsuccess = resolve));
        found.push(...all.result.map(text));
      }
    }
    return found;
  });
  assert.ok(stored.includes("key, extractable: false"));
  assert.equal(stored.length, 6, "a key and a record are found");
  for (const text of [...stored, ...logged, JSON.stringify(site.asked)]) {
    assert.ok(!text.includes(pin));
    assert.ok(!text.includes("pinLength") && !text.includes("cookie-"));
  }
});

// Both bounds hold on an idle machine with a peer that was built in release; README.md has the command. Elsewhere it is said.
test("a login takes a moment", async () => {
  const page = await device();
  // By the page's own clock, from the PIN to the answer, with all that is asked and kept.
  const measured = await page.evaluate(async (pin) => {
    const took = async (work) => {
      const start = performance.now();
      await work();
      return performance.now() - start;
    };
    const once = () => took(() => pad.login(pin, { for: "code", client: "shop", origin: "https://shop.example" }));
    const several = async (before) => {
      const all = [];
      for (let login = 0; login < 20; login += 1) {
        await before();
        all.push(await once());
      }
      all.sort((a, b) => a - b);
      return { best: all[0], median: all[10] };
    };
    // While somebody types, the pad fetches ahead.
    await pad.prepare();
    const first = await once();
    return { first, typed: await several(() => pad.prepare()), sudden: await several(async () => {}) };
  }, PIN);
  console.log("with the service, in ms", measured);
  assert.ok(measured.typed.best <= measured.sudden.median, "what is fetched ahead takes no time then");
  if (process.env.MILAGRO_PAD_TIMES === undefined) return;
  assert.ok(measured.first <= 60, "the first login");
  assert.ok(measured.typed.median <= 15, "every other");
});
