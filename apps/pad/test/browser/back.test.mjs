// The way back, by which somebody else may come: browsers keep a page as it was left.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./chromium.mjs";
import { ALICE, serve } from "./fake.mjs";

const CODE = "7PKQZ-0G2VE-MB3XA-9C5TN";
const SESSION = { id: "A".repeat(22), user: "alice@shop.example", device: "B".repeat(22), began: 1, used: 1 };

let world;
let browser;

before(async () => {
  world = await serve();
  // Pages are kept, as people's browsers do, and playwright's own flags do not.
  browser = await launch([], ["--disable-back-forward-cache"]);
});

after(async () => {
  await browser?.close();
  world?.close();
});

async function visit(t, path) {
  const context = await browser.newContext({ locale: "en-GB" });
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(world.origin + path);
  return page;
}

/** Goes back to a page that was kept, and says what is in it at once, before anything can be asked for again. */
async function back(page) {
  await page.evaluate(() => {
    const text = (root) => [...root.querySelectorAll("*")].map((one) => (one.value ?? "") + (one.shadowRoot ? text(one.shadowRoot) : "")).join("");
    addEventListener("pageshow", ({ persisted }) => {
      const { document } = globalThis;
      sessionStorage.setItem("found", JSON.stringify({ persisted, shown: document.body.innerText + text(document) }));
    });
  });
  await page.goto(`${world.origin}/empty`);
  await page.evaluate(() => history.back());
  await page.waitForFunction(() => sessionStorage.getItem("found") !== null);
  return JSON.parse(await page.evaluate(() => sessionStorage.getItem("found")));
}

test("an activation code is gone with the page that showed it", async (t) => {
  const api = {
    "GET /v1/session": { content: SESSION },
    "GET /v1/devices": { content: { devices: [] } },
    "GET /v1/sessions": { content: { sessions: [SESSION] } },
    "POST /v1/devices/code": { content: { code: CODE, until: 2_000_000_000 } },
  };
  Object.assign(world, { answers: { state: ALICE }, api, documents: { "/empty": "<title>empty</title>" }, asked: [] });
  const page = await visit(t, "/devices");
  await page.getByRole("button", { name: "Add a device" }).click();
  await page.getByText(CODE).waitFor();
  // The session ends.
  world.api = { "GET /v1/session": { status: 403, content: {} } };
  const { persisted, shown } = await back(page);
  assert.equal(persisted, true);
  assert.ok(!shown.includes(CODE) && !shown.includes("alice"), shown);
  await page.waitForURL(/\/login\?return=/);
});

test("a PIN that was typed and not sent is gone with the page", async (t) => {
  const shop = `<!doctype html><html lang="en"><title>Shop</title><script src="/pad.js" data-milagro-form="form" data-client="shop" defer></script>
<form><input name="user"><input name="password" type="password"></form></html>`;
  Object.assign(world, { answers: { state: ALICE }, api: {}, documents: { "/empty": "<title>empty</title>", "/shop": shop }, asked: [] });
  for (const path of ["/login", "/shop"]) {
    const page = await visit(t, path);
    await page.getByLabel("PIN", { exact: true }).fill("2580");
    const { persisted, shown } = await back(page);
    assert.equal(persisted, true, path);
    assert.ok(!shown.includes("2580"), `${path}: ${shown}`);
    // And can be typed again.
    await page.getByLabel("PIN", { exact: true }).fill("2580");
  }
});
