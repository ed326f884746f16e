// The demonstration in a browser: a shop that logs people in by OpenID Connect over the pad's pages, and out again, with a permit of the day.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { complaints, launch } from "./chromium.mjs";
import { Demo } from "./demo.mjs";
import { enrol, heard, typePin } from "./person.mjs";

const PIN = "739164";
const WRONG = "555123";
const PATIENCE = 60_000;
const DAY = 86_400;
/** What would show that a text became a script. */
const SCRIPT = `<img src=x onerror="window.hit=1">`;

let browser;

before(async () => {
  browser = await launch();
});

after(() => browser?.close());

/** A person's browser, with a page that notes what it complains about. */
async function someone() {
  const context = await browser.newContext({ locale: "en-GB" });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  page.found = complaints(page);
  return page;
}

const toShop = async (page, demo) => {
  await page.goto(demo.shop);
  await page.getByRole("link", { name: "Log in with OpenID Connect" }).click();
};
const isIn = (page, user = "alice") => page.getByText(`You are ${user}, by OpenID Connect.`).waitFor();
const isOut = (page) => page.getByText("Nobody is logged in.").waitFor();
const leaves = (page) => page.getByRole("button", { name: "Log out" }).click();
const closed = async (page) => {
  assert.deepEqual(page.found, []);
  await page.context().close();
};

describe("the demonstration", { concurrency: true }, () => {
  let demo;
  let started;

  before(async () => {
    started = Demo.begin();
    demo = await started;
  });

  after(async () => (await started?.catch(() => undefined))?.end());

  /** Somebody who is new, and whose browser is set up. */
  async function newcomer(name) {
    const { code } = await demo.registry("code", name);
    const page = await someone();
    await enrol(page, `${new URL("/enrol", demo.login).href}#code=${code}`, PIN);
    return page;
  }

  test("the shop logs in over the pad's pages, and out again", async () => {
    const page = await someone();
    const asked = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await enrol(page, demo.enrol, PIN);
    const challenge = page.waitForResponse(/\/v1\/challenge$/).then((answer) => answer.json());
    await toShop(page, demo);
    await page.getByText("Logging in as alice").waitFor();
    assert.equal(new URL(page.url()).origin, new URL(demo.login).origin);
    await typePin(page, WRONG);
    await heard(page, "Wrong PIN. 4 attempts are left.");
    await typePin(page, PIN);
    await isIn(page);
    // The challenge says which permit it wants, and the bulletin has it.
    const { kind, epoch, seconds } = (await challenge).permit;
    assert.deepEqual([kind, seconds], ["either", DAY]);
    assert.ok(Math.abs(epoch - Date.now() / 1000 / DAY) < 2, `${epoch}`);
    for (const end of [".index", ".slice"]) assert.ok(asked.some((path) => path.endsWith(end)), end);

    // With a session nobody is asked for a PIN.
    await page.context().clearCookies({ name: "shop" });
    await toShop(page, demo);
    await isIn(page);
    await leaves(page);
    await isOut(page);
    assert.equal(page.url(), demo.shop);
    // Out at the provider, too.
    await toShop(page, demo);
    await typePin(page, PIN);
    await isIn(page);
    await closed(page);
  });

  test("the back button, before and after a login", async () => {
    const page = await newcomer("bob");
    await toShop(page, demo);
    await page.getByLabel("PIN", { exact: true }).fill(PIN);
    await page.goBack();
    await isOut(page);
    await page.goForward();
    // What was typed is gone, and the page asks again.
    assert.equal(await page.getByLabel("PIN", { exact: true }).inputValue(), "");
    await typePin(page, PIN);
    await isIn(page, "bob");
    // The page that asked for the PIN is in no history.
    await page.goBack();
    assert.ok(!page.url().includes("/login"), page.url());
    await page.goto(demo.shop);
    await isIn(page, "bob");
    await leaves(page);
    await isOut(page);
    await page.goBack();
    await page.reload();
    await isOut(page);
    await closed(page);
  });

  test("a browser that is cleared, or evicts the device, while somebody types", async () => {
    const page = await newcomer("cyd");
    const clears = [
      () => page.evaluate(() => new Promise((resolve) => (indexedDB.deleteDatabase("milagro-pad").onsuccess = resolve))),
      async () => {
        const session = await page.context().newCDPSession(page);
        const storageTypes = "indexeddb";
        await session.send("Storage.clearDataForOrigin", { origin: new URL(demo.login).origin, storageTypes });
      },
    ];
    for (const clear of clears) {
      await toShop(page, demo);
      await page.getByLabel("PIN", { exact: true }).fill(PIN);
      await clear();
      await page.keyboard.press("Enter");
      await heard(page, "Set it up anew");
      await page.getByText("This device is not set up yet.").waitFor();
      // On the same page, with a code, the login goes on.
      const { code } = await demo.registry("code", "cyd");
      await page.getByRole("button", { name: "Set up this device" }).click();
      await page.getByLabel("Activation code").fill(code);
      await page.getByLabel("New PIN", { exact: true }).fill(PIN);
      await page.getByLabel("New PIN again").fill(PIN);
      await page.getByRole("button", { name: "Set up this device" }).click();
      await page.getByText("This device is set up for cyd.").waitFor();
      await typePin(page, PIN);
      await isIn(page, "cyd");
      await leaves(page);
      await isOut(page);
    }
    await closed(page);
  });

  test("a user who is locked, unlocked, and revoked", async () => {
    const page = await newcomer("dora");
    await toShop(page, demo);
    await demo.admin("lock", "dora");
    await typePin(page, PIN);
    await heard(page, "may not log in now. Ask your administrator.");
    await demo.admin("unlock", "dora");
    await typePin(page, PIN);
    await isIn(page, "dora");
    await leaves(page);
    await demo.registry("remove", "--user", "dora");
    // With the permit that she has kept.
    await toShop(page, demo);
    await typePin(page, PIN);
    await heard(page, "may not log in now. Ask your administrator.");
    await closed(page);
  });

  test("somebody who was revoked before the first login finds no permit", async () => {
    const page = await newcomer("eve");
    await demo.registry("remove", "--user", "eve");
    await demo.registry("publish");
    await toShop(page, demo);
    await typePin(page, PIN);
    await heard(page, "Your access has been withdrawn.");
    await closed(page);
  });

  test("no text of anybody becomes a script", async () => {
    const page = await newcomer(SCRIPT);
    const ways = new URL(demo.login).origin;
    page.on("dialog", (dialog) => page.found.push(dialog.message()));
    const unharmed = async (where) => assert.equal(await page.evaluate(() => window.hit), undefined, where);
    // The name of the user, on every page that shows it.
    await toShop(page, demo);
    await page.getByText(`Logging in as ${SCRIPT}`).waitFor();
    await unharmed("login");
    await typePin(page, PIN);
    await isIn(page, SCRIPT);
    await unharmed("shop");
    await page.goto(`${ways}/devices`);
    await page.getByText(`Logged in as ${SCRIPT}.`).waitFor();
    await unharmed("devices");
    await page.goto(`${ways}/oauth/logout`);
    await page.getByText(`You are logged in as ${SCRIPT}.`).waitFor();
    await unharmed("logout");
    // Whatever is typed.
    await page.goto(`${ways}/enrol`);
    await page.getByText(`is set up for ${SCRIPT} already`).waitFor();
    await page.getByLabel("Activation code").fill(SCRIPT);
    for (const label of ["New PIN", "New PIN again"]) await page.getByLabel(label, { exact: true }).fill(PIN);
    await page.getByRole("button", { name: "Set up this device" }).click();
    await heard(page, "This code is wrong");
    await unharmed("enrol");
    await page.goto(`${ways}/hand-off`);
    await page.getByLabel("Number").fill(SCRIPT);
    await page.getByRole("button", { name: "Continue" }).click();
    await heard(page, "The number has 7 digits.");
    await unharmed("hand-off");
    // Whatever the address says.
    const said = encodeURIComponent(SCRIPT);
    for (const path of [`login?ui_locales=${said}`, `login?return=javascript:window.hit=1`, `enrol#code=${said}`, `hand-off#number=${said}`]) {
      await page.goto(`${ways}/${path}`);
      await page.getByRole("heading").first().waitFor();
      await unharmed(path);
    }
    await page.goto(`${ways}/login?return=javascript:window.hit=1`);
    await typePin(page, PIN);
    await page.waitForURL(`${ways}/devices`);
    await unharmed("return");
    await page.goto(demo.shop);
    await leaves(page);
    await isOut(page);
    await page.getByLabel("or with a login code").fill(`"><script>window.hit=1</script>`);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("link", { name: "Back" }).waitFor();
    await unharmed("code");
    await closed(page);
  });
});

// No login rests on what a browser's clock says: a challenge has no time for it, and a permit is for the day of the service.
describe("a browser whose clock is wrong", { concurrency: true }, () => {
  for (const hours of [1, -26]) {
    test(`by ${hours} hours`, async () => {
      const demo = await Demo.begin({ hours: -hours });
      try {
        const page = await someone();
        await enrol(page, demo.enrol, PIN);
        await toShop(page, demo);
        await typePin(page, PIN);
        await isIn(page);
        await leaves(page);
        await isOut(page);
        await closed(page);
      } finally {
        await demo.end();
      }
    });
  }
});
