// Pages that another page puts into frames, to have somebody click or type there without knowing.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./chromium.mjs";
import { ALICE, serve } from "./fake.mjs";

const PAGES = ["login", "enrol", "devices", "hand-off", "change-pin", "logged-out"];

let world;
let hostile;
let browser;

before(async () => {
  [world, hostile] = [await serve(), await serve()];
  browser = await launch();
});

after(async () => {
  await browser?.close();
  for (const one of [world, hostile]) one?.close();
});

/** What frames of pages have in them, in a page around them. */
async function within(t, around, paths) {
  const frames = paths.map((path) => `<iframe src="${world.origin}/${path}" style="opacity: 0.01"></iframe>`);
  around.documents = { ...around.documents, "/around": `<!doctype html><title>around</title>${frames.join("")}` };
  const context = await browser.newContext({ locale: "en-GB" });
  t.after(() => context.close());
  const page = await context.newPage();
  // With all that is within it.
  await page.goto(`${around.origin}/around`);
  return page.frames().filter((frame) => frame !== page.mainFrame());
}

test("no page frames those that log in, confirm, remove or show a code: not even one of their own origin", async (t) => {
  Object.assign(world, { answers: { state: ALICE }, api: {}, asked: [] });
  for (const around of [hostile, world]) {
    const frames = await within(t, around, PAGES);
    assert.equal(frames.length, PAGES.length);
    for (const frame of frames) {
      assert.match(frame.url(), /^chrome-error:/);
      assert.equal(await frame.locator("main").count(), 0);
    }
  }
  assert.deepEqual(world.asked, []);
});

test("what no policy keeps out is framed, as these tests would see", async (t) => {
  const own = `<!doctype html><title>own</title><script src="/pad.js"></script><milagro-pad client="shop"></milagro-pad>`;
  Object.assign(world, { answers: { state: ALICE }, api: {}, documents: { "/own": own }, asked: [] });
  const [frame] = await within(t, hostile, ["own"]);
  await frame.getByLabel("PIN", { exact: true }).waitFor({ state: "attached" });
});
