// The drop-in on pages that do what they should not: send too early, take the form away, look at everything.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { complaints, launch } from "./chromium.mjs";
import { serve } from "./fake.mjs";

const PIN = "739164";
const CODE = "c".repeat(43);
const KNOWN = { value: { kind: "enrolled", user: "alice", pinLength: 6 } };
const GOOD = { state: KNOWN, login: { value: { user: "alice", code: CODE } } };

let world;
let browser;

before(async () => {
  world = await serve();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  world?.close();
});

const script = (form) => `<script src="/pad.js" data-milagro-form="${form}" data-client="shop" defer></script>`;
const form = (id, more = "") => `<form id="${id}" action="/in"><label>Place <input name="place" data-place></label>
<label>Name <input name="user" autocomplete="username"></label><label>Password <input name="password" type="password" required></label>
<button name="go" value="${id}">Go</button>${more}</form>`;
const document = (body, ...forms) =>
  `<!doctype html><html lang="en"><head><title>Shop</title>${forms.map((one) => script(`#${one}`)).join("")}</head><body>${body}</body></html>`;

async function visit(t, page, answers = GOOD) {
  Object.assign(world, { answers, api: {}, documents: { "/shop": page, "/in": "<title>in</title>" }, asked: [] });
  const context = await browser.newContext({ locale: "en-GB" });
  const opened = await context.newPage();
  opened.found = complaints(opened);
  await opened.goto(`${world.origin}/shop`);
  await opened.getByLabel("PIN", { exact: true }).first().waitFor();
  t.after(() => context.close());
  return opened;
}

const sent = (page) => Object.fromEntries(new URL(page.url()).searchParams);
const pin = (page) => page.getByLabel("PIN", { exact: true });
const logins = () => world.asked.filter(({ method }) => method === "login");
/** What has the focus, inside the pad, too. */
const focused = (page) =>
  page.evaluate(() => {
    let at = globalThis.document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    return at?.id;
  });

test("Enter in another field, or a script that sends too early, sends nothing", async (t) => {
  const page = await visit(t, document(form("login").replace("required", ""), "login"));
  await page.evaluate(() => {
    globalThis.seen = 0;
    globalThis.document.querySelector("form").addEventListener("submit", () => (globalThis.seen += 1));
  });
  await pin(page).fill("73");
  await page.getByLabel("Place").fill("somewhere");
  await page.keyboard.press("Enter");
  assert.equal(await focused(page), "pin");
  await page.evaluate(() => globalThis.document.querySelector("form").requestSubmit());
  assert.ok(page.url().endsWith("/shop"));
  assert.equal(await page.evaluate(() => globalThis.seen), 0);
  // What was typed is there, and the login goes on.
  assert.equal(await pin(page).inputValue(), "73");
  await page.keyboard.press("End");
  await page.keyboard.type("9164");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/in/);
  assert.deepEqual(sent(page), { place: "somewhere", user: "alice", password: CODE });
  assert.equal(logins().length, 1);
  assert.deepEqual(page.found, []);
});

test("a password that a browser has put into the form is not sent", async (t) => {
  const page = await visit(t, document(form("login"), "login"));
  await page.evaluate(() => {
    globalThis.document.querySelector("[name=password]").value = "hunter2";
    globalThis.seen = 0;
    globalThis.document.querySelector("form").addEventListener("submit", () => (globalThis.seen += 1));
  });
  await page.getByLabel("Place").fill("somewhere");
  await page.keyboard.press("Enter");
  assert.equal(await focused(page), "pin");
  assert.equal(await page.evaluate(() => globalThis.seen), 0);
  await pin(page).fill(PIN);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/in/);
  assert.deepEqual(sent(page), { place: "somewhere", user: "alice", password: CODE });
});

test("a number that somebody has gone back from logs nobody in", async (t) => {
  const page = await visit(t, document(form("login"), "login").replace("data-client", 'data-hand-off="/hand-off" data-client'));
  let answer;
  const asked = new Promise((resolve) => {
    page.route("**/v1/handoffs", (route) => {
      answer = () => route.fulfill({ json: { number: "1234566", seconds: 300 } });
      resolve();
    });
  });
  const events = [];
  page.on("request", (request) => request.url().endsWith("/events") && events.push(request.url()));
  const code = `event: code\ndata: {"code":"${"d".repeat(43)}"}\n\n`;
  world.api = { "GET /v1/handoffs/1234566/events": { headers: { "content-type": "text/event-stream" }, content: code } };
  await page.getByRole("button", { name: "Log in with your phone" }).click();
  await asked;
  await page.getByRole("button", { name: "Back" }).click();
  const late = page.waitForEvent("requestfinished", (request) => request.url().endsWith("/v1/handoffs"));
  await answer();
  await late;
  await pin(page).fill(PIN);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/in/);
  assert.deepEqual(sent(page), { place: "", user: "alice", password: CODE });
  assert.deepEqual(events, []);
});

test("a script that sends past all checks sends an empty password, and no PIN", async (t) => {
  const page = await visit(t, document(form("login"), "login"));
  await pin(page).fill(PIN);
  await page.evaluate(() => globalThis.document.querySelector("form").submit());
  await page.waitForURL(/\/in/);
  assert.deepEqual(sent(page), { place: "", user: "", password: "" });
  await page.goBack();
  await pin(page).fill(PIN);
  await page.keyboard.press("Enter");
  await page.waitForURL(/password=c/);
});

test("a page that sends the form itself has the code, and can ask again", async (t) => {
  const page = await visit(t, document(form("login"), "login"));
  await page.evaluate(() => {
    globalThis.sent = [];
    const form = globalThis.document.querySelector("form");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      globalThis.sent.push(new FormData(form).get("password"));
    });
  });
  for (const times of [1, 2]) {
    await pin(page).fill(PIN);
    await page.keyboard.press("Enter");
    await page.waitForFunction((times) => globalThis.sent.length === times, times);
  }
  assert.deepEqual(await page.evaluate(() => globalThis.sent), [CODE, CODE]);
  assert.equal(logins().length, 2);
  assert.deepEqual(page.found, []);
});

test("two forms have a pad each, and a login sends its own", async (t) => {
  const page = await visit(t, document(form("first") + form("second"), "first", "second"));
  await pin(page).nth(1).waitFor();
  assert.equal(await pin(page).count(), 2);
  await pin(page).nth(0).fill("111");
  await page.locator("#second [data-place]").fill("there");
  await pin(page).nth(1).fill(PIN);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/in/);
  assert.deepEqual(sent(page), { place: "there", user: "alice", password: CODE });
  assert.deepEqual(logins().map(({ args }) => args[0]), [PIN]);
  assert.deepEqual(page.found, []);
});

test("a form that is taken away while somebody types, or logs in, and comes back", async (t) => {
  let answer;
  const login = () => new Promise((resolve) => (answer = resolve));
  const page = await visit(t, document(form("login"), "login"), { ...GOOD, login });
  const away = () => page.evaluate(() => ((globalThis.kept ??= globalThis.document.querySelector("form")), globalThis.kept.remove()));
  const back = () => page.evaluate(() => globalThis.document.body.append(globalThis.kept));
  await pin(page).fill("7391");
  await away();
  await back();
  // The pad asks anew.
  await page.waitForFunction(() => globalThis.kept.querySelector("milagro-pad").shadowRoot.querySelector("#pin").value === "");
  await pin(page).fill(PIN);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "One moment …" }).waitFor();
  await away();
  answer(GOOD.login);
  await page.waitForFunction(() => globalThis.kept.elements.password.value !== "");
  assert.ok(page.url().endsWith("/shop"));
  await back();
  world.answers = GOOD;
  await pin(page).fill(PIN);
  await page.keyboard.press("Enter");
  await page.waitForURL(/password=c/);
  assert.deepEqual(page.found, []);
});

test("nothing of the PIN is in the page, its form, its storage, or a message", async (t) => {
  const page = await visit(t, document(form("login"), "login"), { ...GOOD, login: { fault: { failure: "wrong-pin", left: 4 } } });
  await page.evaluate(() => {
    globalThis.heard = [];
    addEventListener("message", ({ data }) => globalThis.heard.push(data));
    for (const kind of ["milagro-failure", "milagro-login", "submit", "change"]) {
      addEventListener(kind, ({ detail }) => globalThis.heard.push({ kind, ...detail }), true);
    }
  });
  const looks = () =>
    page.evaluate(async () => {
      const { document } = globalThis;
      const form = document.querySelector("form");
      const tree = (root) =>
        [...root.querySelectorAll("*")].map((one) => one.cloneNode().outerHTML + one.textContent + (one.shadowRoot ? tree(one.shadowRoot) : "")).join("");
      const fields = [...new FormData(form)].concat([...form.elements].map(({ name, value }) => [name, value]));
      const kept = [localStorage, sessionStorage, document.cookie, history.state, location.href];
      return JSON.stringify([document.documentElement.outerHTML, tree(document), fields, kept, globalThis.heard]);
    });
  await pin(page).fill(PIN);
  const typed = await looks();
  await page.keyboard.press("Enter");
  await page.getByRole("alert").filter({ hasText: "Wrong PIN" }).waitFor();
  const refused = await looks();
  assert.equal(await pin(page).inputValue(), "");
  world.answers = GOOD;
  await pin(page).fill(PIN);
  await page.evaluate(() => addEventListener("submit", (event) => event.preventDefault(), true));
  await page.keyboard.press("Enter");
  await page.waitForFunction((code) => globalThis.document.querySelector("[name=password]").value === code, CODE);
  const done = await looks();
  // They look at something: at the name of the user while it asks, and at the code.
  assert.ok(typed.includes("Logging in as alice") && refused.includes("wrong-pin") && done.includes(CODE));
  for (const [when, text] of Object.entries({ typed, refused, done })) assert.ok(!text.includes(PIN), when);
});
