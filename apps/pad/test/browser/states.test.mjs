// Every state of the pad and its pages: no violation of WCAG 2.0 to 2.2 A and AA in any dress, and a picture of each.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import { complaints, launch } from "./chromium.mjs";
import { ALICE, NOBODY, serve } from "./fake.mjs";

const output = fileURLToPath(new URL("../output/", import.meta.url));
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"];
const NUMBER = "1234566";

let world;
let browser;

before(async () => {
  await mkdir(output, { recursive: true });
  world = await serve();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  world?.close();
});

const fault = (failure, more = {}) => () => ({ fault: { failure, ...more } });
const type = async (page, label, text) => page.getByLabel(label, { exact: true }).fill(text);
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const submit = async (page, pin = "2580") => {
  await type(page, "PIN", pin);
  await press(page, "Log in");
};
const newPin = async (page, next, again = next) => {
  await type(page, "New PIN", next);
  await type(page, "New PIN again", again);
};

const HOUR = 3600;
const NOW = 1_800_000_000;
const SESSION = { id: "AAAAAAAAAAAAAAAAAAAAAA", user: "alice@shop.example", device: "AQEBAQEBAQEBAQEBAQEBAQ", began: NOW - 60, used: NOW };
const DEVICES = {
  "GET /v1/session": { content: SESSION },
  "GET /v1/devices": {
    content: {
      devices: [
        { device: "AgICAgICAgICAgICAgICAg", enrolled: NOW - 90 * HOUR, confirmed: true, closed: false, own: false },
        { device: "AQEBAQEBAQEBAQEBAQEBAQ", enrolled: NOW - 900 * HOUR, confirmed: true, closed: false, own: true },
        { device: "AwMDAwMDAwMDAwMDAwMDAw", enrolled: NOW - HOUR, confirmed: false, closed: false, own: false },
        { device: "BAQEBAQEBAQEBAQEBAQEBA", enrolled: NOW - HOUR, confirmed: false, closed: true, own: false },
      ],
    },
  },
  "GET /v1/sessions": { content: { sessions: [{ ...SESSION, id: "AAAAAAAAAAAAAAAAAAAAAQ", began: NOW - 5 * HOUR }, SESSION] } },
  "POST /v1/devices/code": { content: { code: "7PKQZ-0G2VE-MB3XA-9C5TN", until: NOW + 24 * HOUR } },
  "DELETE /v1/session": { status: 204 },
};
const OPENED = { "POST /v1/handoffs": { content: { number: NUMBER, seconds: 300 } } };
const SHOWS = { [`GET /v1/handoffs/${NUMBER}/events`]: { headers: { "content-type": "text/event-stream" }, content: ": wait\n\n" } };
const LOOKED = { state: ALICE, lookHandOff: { value: { origin: "https://shop.example", client: "shop" } } };
const SHOP = `<!doctype html><html lang="en"><head><title>Shop</title><meta name="viewport" content="width=device-width">
<script src="/pad.js" data-milagro-form="#login" data-client="shop" data-hand-off="/hand-off" defer></script></head>
<body><main><h1>A shop</h1><form id="login" action="/in" method="get"><label>Name <input name="user" required></label>
<label>Password <input name="password" type="password" required></label><button>Go</button></form></main></body></html>`;

// What the service and the worker say, and what a person does.
const STATES = {
  login: { path: "/login", answers: { state: ALICE }, see: "Logging in as alice@shop.example" },
  "login-typed": { path: "/login", answers: { state: ALICE }, act: (page) => type(page, "PIN", "2580"), see: "PIN" },
  "login-short": { path: "/login", answers: { state: ALICE }, act: (page) => submit(page, "25"), alert: "The PIN has 4 digits." },
  "wrong-pin": {
    path: "/login",
    answers: { state: ALICE, login: fault("wrong-pin", { left: 3 }) },
    act: submit,
    alert: "Wrong PIN. 3 attempts are left.",
  },
  "wrong-pin-last": {
    path: "/login",
    answers: { state: ALICE, login: fault("wrong-pin", { left: 1 }) },
    act: submit,
    alert: "Wrong PIN. One attempt is left.",
  },
  locked: {
    path: "/login",
    answers: { state: ALICE, login: fault("locked", { retryAfter: 1800 }) },
    act: submit,
    alert: /Nobody can log in with this device now\. Try again in 30 minutes\./,
  },
  frozen: { path: "/login", answers: { state: ALICE, login: fault("frozen") }, act: submit, alert: /copied/ },
  revoked: { path: "/login", answers: { state: ALICE, login: fault("revoked") }, act: submit, alert: /withdrawn/ },
  "unknown-device": { path: "/login", answers: { state: ALICE, login: fault("unknown-device") }, act: submit, alert: /Set it up anew/ },
  offline: { path: "/login", answers: { state: ALICE, login: fault("offline") }, act: submit, alert: /cannot be reached/ },
  refused: { path: "/login", answers: { state: ALICE, login: fault("refused") }, act: submit, alert: /may not log in now/ },
  storage: { path: "/login", answers: { state: fault("storage") }, alert: /keeps no data/ },
  busy: {
    path: "/login",
    answers: { state: ALICE, login: () => new Promise(() => {}) },
    act: submit,
    see: "One moment …",
  },
  none: { path: "/login", answers: { state: NOBODY }, see: "This device is not set up yet." },
  enrol: { path: "/enrol", answers: { state: NOBODY }, see: "Activation code" },
  "enrol-again": { path: "/enrol", answers: { state: ALICE }, see: /is set up for alice@shop.example already/ },
  "enrol-easy": {
    path: "/enrol#code=7PKQZ-0G2VE-MB3XA-9C5TN",
    answers: { state: NOBODY },
    act: async (page) => {
      await newPin(page, "123456");
      await press(page, "Set up this device");
    },
    alert: /easy to guess/,
  },
  "enrol-refused": {
    path: "/enrol#code=7PKQZ-0G2VE-MB3XA-9C5TN",
    answers: { state: NOBODY, enrol: fault("bad-code") },
    act: async (page) => {
      await newPin(page, "258046");
      await press(page, "Set up this device");
    },
    alert: /code is wrong/,
  },
  enrolled: {
    path: "/enrol#code=7PKQZ-0G2VE-MB3XA-9C5TN",
    answers: { state: NOBODY, enrol: ALICE },
    act: async (page) => {
      await newPin(page, "258046");
      await press(page, "Set up this device");
    },
    see: "alice@shop.example",
  },
  change: { path: "/change-pin", answers: { state: ALICE }, see: "PIN so far" },
  "change-differ": {
    path: "/change-pin",
    answers: { state: ALICE },
    act: async (page) => {
      await type(page, "PIN so far", "2580");
      await newPin(page, "258046", "258047");
      await press(page, "Change PIN");
    },
    alert: /not the same/,
  },
  changed: {
    path: "/change-pin",
    answers: { state: ALICE, changePin: { value: null } },
    act: async (page) => {
      await type(page, "PIN so far", "2580");
      await newPin(page, "258046");
      await press(page, "Change PIN");
    },
    see: "Your PIN has been changed.",
  },
  devices: { path: "/devices", api: DEVICES, answers: { state: ALICE }, see: "This device" },
  "devices-remove": {
    path: "/devices",
    api: DEVICES,
    answers: { state: ALICE },
    act: (page) => page.getByRole("button", { name: /^Remove/ }).first().click(),
    see: /Remove this device\?/,
  },
  "devices-add": { path: "/devices", api: DEVICES, answers: { state: ALICE }, act: (page) => press(page, "Add a device"), see: "7PKQZ-0G2VE-MB3XA-9C5TN" },
  "devices-add-stale": {
    path: "/devices",
    api: { ...DEVICES, "POST /v1/devices/code": { status: 403 } },
    answers: { state: ALICE },
    act: (page) => press(page, "Add a device"),
    see: /older than five minutes/,
  },
  "hand-off": { path: "/hand-off", answers: LOOKED, see: /Enter the number/ },
  "hand-off-none": { path: "/hand-off", answers: { state: NOBODY }, see: "This device is not set up yet." },
  "hand-off-missing": {
    path: `/hand-off#number=${NUMBER}`,
    answers: { state: ALICE, lookHandOff: fault("bad-code") },
    alert: /no such number/,
  },
  "hand-off-confirm": { path: `/hand-off#number=${NUMBER}`, answers: LOOKED, see: "https://shop.example" },
  "hand-off-pin": { path: `/hand-off#number=${NUMBER}`, answers: LOOKED, act: (page) => press(page, "Yes, log in there"), see: "PIN" },
  "hand-off-done": {
    path: `/hand-off#number=${NUMBER}`,
    answers: { ...LOOKED, login: { value: { user: "alice@shop.example" } } },
    act: async (page) => {
      await press(page, "Yes, log in there");
      await submit(page);
    },
    see: /other screen is logged in/,
  },
  "hand-off-no": { path: `/hand-off#number=${NUMBER}`, answers: LOOKED, act: (page) => press(page, "No"), see: "Nothing has happened." },
  "logged-out": { path: "/logged-out", answers: { state: ALICE }, see: "You are logged out" },
  forget: { path: "/logged-out", answers: { state: ALICE }, act: (page) => press(page, "Forget this device"), see: /activation code afterwards/ },
  frame: { path: "/frame?client=shop&origin=https://shop.example", answers: { state: ALICE }, see: "Log in with your phone" },
  number: {
    path: "/frame?client=shop&origin=https://shop.example",
    answers: { state: ALICE },
    api: { ...OPENED, ...SHOWS },
    act: (page) => press(page, "Log in with your phone"),
    see: "123 4566",
  },
  "number-refused": {
    path: "/frame?client=shop&origin=https://shop.example",
    answers: { state: ALICE },
    api: { "POST /v1/handoffs": { status: 429, headers: { "retry-after": "60" } } },
    act: (page) => press(page, "Log in with your phone"),
    alert: "The service is busy. Try again in 60 seconds.",
  },
  "drop-in": { path: "/shop", answers: { state: ALICE }, documents: { "/shop": SHOP }, see: "Log in with your phone" },
  "drop-in-number": {
    path: "/shop",
    answers: { state: ALICE },
    documents: { "/shop": SHOP },
    api: { ...OPENED, ...SHOWS },
    act: (page) => press(page, "Log in with your phone"),
    see: "123 4566",
  },
  german: { path: "/login?ui_locales=de", answers: { state: ALICE }, see: "Anmeldung als alice@shop.example" },
};

// 640 by 360 is a screen of 1280 by 720 at 200 %.
const WIDE = { width: 1280, height: 720 };
const DRESSES = {
  light: {},
  dark: { media: { colorScheme: "dark" } },
  forced: { media: { forcedColors: "active" } },
  zoomed: { size: { width: 640, height: 360 } },
  narrow: { size: { width: 320, height: 640 } },
  rtl: { dir: "rtl" },
};

async function open(state) {
  world.answers = state.answers ?? {};
  world.api = state.api ?? {};
  world.documents = state.documents ?? {};
  const context = await browser.newContext({ viewport: WIDE, locale: "en-GB", timezoneId: "UTC", reducedMotion: "reduce" });
  const page = await context.newPage();
  const found = complaints(page);
  await page.goto(world.origin + state.path);
  await state.act?.(page);
  if (state.see) await page.getByText(state.see, { exact: typeof state.see === "string" }).first().waitFor();
  if (state.alert) {
    const alert = page.getByRole("alert").filter({ hasText: /./ });
    await alert.waitFor();
    const words = await alert.textContent();
    if (state.alert instanceof RegExp) assert.match(words, state.alert);
    else assert.equal(words, state.alert);
  }
  return { context, page, found };
}

for (const [name, state] of Object.entries(STATES)) {
  test(name, async () => {
    const { context, page, found } = await open(state);
    await page.evaluate(axe.source);
    for (const [dress, { media = {}, size = WIDE, dir = "ltr" }] of Object.entries(DRESSES)) {
      await page.emulateMedia({ colorScheme: "light", forcedColors: "none", ...media });
      await page.setViewportSize(size);
      await page.evaluate((dir) => document.documentElement.setAttribute("dir", dir), dir);
      await page.screenshot({ path: `${output}${name}-${dress}.png`, fullPage: true });
      const { violations } = await page.evaluate((tags) => axe.run({ runOnly: tags, resultTypes: ["violations"] }), TAGS);
      const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`)}`);
      assert.deepEqual(told, [], `${name}, ${dress}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `${name}, ${dress}: ${wide} px are to be scrolled to`);
      const small = await page.evaluate(targets);
      assert.deepEqual(small, [], `${name}, ${dress}: smaller than 44 px`);
    }
    assert.deepEqual(found, [], "complaints of the page");
    await context.close();
  });
}

/** What can be pressed and is smaller than 44 by 44 pixels. */
function targets() {
  const roots = [document];
  for (const element of document.querySelectorAll("*")) if (element.shadowRoot) roots.push(element.shadowRoot);
  const all = roots.flatMap((root) => [...root.querySelectorAll("button, a, input:not(.vh)")]);
  const small = all.filter((one) => {
    const { width, height } = one.getBoundingClientRect();
    return one.checkVisibility() && (width < 44 || height < 44);
  });
  return small.map((one) => `${one.tagName} ${one.textContent} ${JSON.stringify(one.getBoundingClientRect())}`);
}
