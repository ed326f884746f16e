// What the pad does with keys, pastes, forms and addresses.
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { complaints, launch } from "./chromium.mjs";
import { ALICE, NOBODY, serve } from "./fake.mjs";

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

async function visit(t, path, { answers = {}, api = {}, documents = {}, ...options } = {}) {
  Object.assign(world, { answers, api, documents, asked: [] });
  const context = await browser.newContext({ locale: "en-GB", ...options });
  const page = await context.newPage();
  const found = complaints(page);
  await page.goto(world.origin + path);
  t.after(() => context.close());
  return { page, found };
}

const logins = () => world.asked.filter(({ method }) => method === "login");
// The world hears of a login a little after the page has begun it.
const begun = async (page) => {
  for (let turn = 0; turn < 250 && logins().length === 0; turn += 1) await page.waitForTimeout(20);
};
const value = (page) => page.getByLabel("PIN", { exact: true }).inputValue();
const key = (page, name) => page.getByRole("group", { name: "Keypad" }).getByRole("button", { name, exact: true }).click();
const settled = (page) => page.waitForFunction(() => !document.querySelector("milagro-pad")?.shadowRoot.querySelector("[aria-disabled]"));
// What has the focus, inside the pad, too.
const focused = (page) =>
  page.evaluate(() => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    return at?.id || at?.textContent || at?.tagName;
  });

const SESSION = { api: { "GET /v1/session": { status: 403 } } };

test("the keypad types in the order that everybody knows, and leaves the focus in the field", async (t) => {
  const { page } = await visit(t, "/login", { answers: { state: ALICE } });
  await page.getByLabel("PIN", { exact: true }).waitFor();
  for (const name of ["2", "5", "9", "Delete last digit", "8", "0"]) await key(page, name);
  assert.equal(await value(page), "2580");
  assert.equal(await focused(page), "pin");
  const order = await page.getByRole("group", { name: "Keypad" }).getByRole("button").allTextContents();
  assert.deepEqual(order, [..."1234567890", "⌫"]);
});

test("the keyboard alone logs in", async (t) => {
  const { page } = await visit(t, "/login", { answers: { state: ALICE, login: { value: { user: "alice" } } }, ...SESSION });
  await page.getByLabel("PIN", { exact: true }).waitFor();
  assert.equal(await focused(page), "pin");
  await page.keyboard.type("2580");
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "Log in");
  await page.keyboard.press("Enter");
  await begun(page);
  assert.deepEqual(logins()[0].args, ["2580", { for: "session" }]);
});

test("a wrong PIN is said, and the next one can be typed at once", async (t) => {
  let left = 5;
  const login = () => ({ fault: { failure: "wrong-pin", left: (left -= 1) } });
  const { page } = await visit(t, "/login", { answers: { state: ALICE, login } });
  await page.getByLabel("PIN", { exact: true }).waitFor();
  for (const said of ["4 attempts are left.", "3 attempts are left."]) {
    await page.keyboard.type("0000\n");
    await page.getByRole("alert").filter({ hasText: said }).waitFor();
    assert.equal(await focused(page), "pin");
    assert.equal(await value(page), "");
    assert.equal(await page.getByLabel("PIN", { exact: true }).getAttribute("aria-invalid"), "true");
  }
});

test("nothing is sent for what cannot be a PIN, and one login at a time", async (t) => {
  const { page } = await visit(t, "/login", { answers: { state: ALICE, login: () => new Promise(() => {}) } });
  await page.getByLabel("PIN", { exact: true }).waitFor();
  await page.keyboard.type("258\n");
  await page.getByRole("alert").filter({ hasText: "4 digits" }).waitFor();
  await page.keyboard.type("01\n");
  assert.equal(logins().length, 0);
  await page.getByLabel("PIN", { exact: true }).fill("2580");
  for (let turn = 0; turn < 3; turn += 1) await page.keyboard.press("Enter");
  await page.getByText("One moment …").waitFor();
  await begun(page);
  assert.equal(logins().length, 1);
});

test("pasted PINs and other digits are taken, letters are not", async (t) => {
  const { page } = await visit(t, "/login", { answers: { state: ALICE } });
  const field = page.getByLabel("PIN", { exact: true });
  for (const [typed, read] of [
    ["25 80", "2580"],
    ["٢٥٨٠", "2580"],
    ["２５８０", "2580"],
    ["2a5b8c0", "2580"],
    ["1234567890123456", "123456789012"],
  ]) {
    await field.fill(typed);
    assert.equal(await value(page), read, typed);
  }
});

test("a password manager finds the user and the PIN", async (t) => {
  const { page } = await visit(t, "/login", { answers: { state: ALICE } });
  await page.getByLabel("PIN", { exact: true }).waitFor();
  const fields = await page.evaluate(() => {
    const inputs = document.querySelector("milagro-pad").shadowRoot.querySelectorAll("form input");
    return [...inputs].map(({ autocomplete, type, value }) => [autocomplete, type, value]);
  });
  assert.deepEqual(fields, [
    ["username", "text", "alice@shop.example"],
    ["current-password", "password", ""],
  ]);
});

test("the PIN is in no attribute, no text, no address and no storage of the page", async (t) => {
  const PIN = "837465";
  const state = { value: { ...ALICE.value, pinLength: 6 } };
  const { page, found } = await visit(t, "/login", { answers: { state, login: { fault: { failure: "wrong-pin" } } } });
  const field = page.getByLabel("PIN", { exact: true });
  await field.fill(PIN);
  const search = () =>
    page.evaluate(() => {
      const texts = [location.href, document.cookie, JSON.stringify(localStorage), JSON.stringify(sessionStorage), JSON.stringify(history.state)];
      const walk = (root) => {
        texts.push(root instanceof ShadowRoot ? root.innerHTML : root.documentElement.outerHTML);
        for (const one of root.querySelectorAll("*")) if (one.shadowRoot) walk(one.shadowRoot);
      };
      walk(document);
      return texts.join("\n");
    });
  assert.ok(!(await search()).includes(PIN));
  await page.keyboard.press("Enter");
  await page.getByRole("alert").filter({ hasText: "Wrong PIN" }).waitFor();
  assert.ok(!(await search()).includes(PIN));
  assert.equal(await field.inputValue(), "");
  assert.deepEqual(found, []);
});

test("an activation code leaves the address and the history at once, and is not typed again", async (t) => {
  const { page } = await visit(t, "/enrol#code=7PKQZ-0G2VE-MB3XA-9C5TN", { answers: { state: NOBODY, enrol: ALICE } });
  await page.getByLabel("New PIN", { exact: true }).waitFor();
  assert.equal(new URL(page.url()).hash, "");
  assert.equal(await page.evaluate(() => history.length), 2);
  assert.equal(await focused(page), "next");
  await page.keyboard.type("258046");
  await page.keyboard.press("Tab");
  await page.keyboard.type("258046\n");
  await page.getByRole("heading", { name: "This device is set up" }).waitFor();
  const [{ args }] = world.asked.filter(({ method }) => method === "enrol");
  assert.deepEqual(args, [{ code: "7PKQZ-0G2VE-MB3XA-9C5TN", pin: "258046" }]);
});

test("easy PINs are refused, others are not", async (t) => {
  const { page } = await visit(t, "/enrol", { answers: { state: NOBODY, enrol: { fault: { failure: "bad-code" } } } });
  for (const pin of ["000000", "123456", "654321", "890123", "454545"]) {
    await page.getByLabel("Activation code").fill("x");
    await page.getByLabel("New PIN", { exact: true }).fill(pin);
    await page.getByLabel("New PIN again").fill(pin);
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: "easy to guess" }).waitFor();
  }
  assert.equal(world.asked.filter(({ method }) => method === "enrol").length, 0);
  await page.getByLabel("New PIN", { exact: true }).fill("112358");
  await page.getByLabel("New PIN again").fill("112358");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").filter({ hasText: "code is wrong" }).waitFor();
  assert.equal(await focused(page), "code");
});

test("a login returns to a path of this origin, and to no other", async (t) => {
  const answers = { state: ALICE, login: { value: { user: "alice" } } };
  const documents = { "/after": "<title>after</title>", "/devices": "<title>devices</title>" };
  for (const [wanted, path] of [
    ["/after?a=b&c=d", "/after?a=b&c=d"],
    ["/after#x", "/after#x"],
    ["//evil.example/", "/devices"],
    ["/\\evil.example/", "/devices"],
    ["/\t/evil.example/", "/devices"],
    ["/a\\..\\..", "/devices"],
    ["https://evil.example/", "/devices"],
    ["javascript:alert(1)", "/devices"],
    ["after", "/devices"],
    ["", "/devices"],
  ]) {
    const { page } = await visit(t, `/login?return=${encodeURIComponent(wanted)}`, { answers, documents });
    await page.getByLabel("PIN", { exact: true }).fill("2580");
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.pathname !== "/login");
    assert.equal(page.url(), world.origin + path, wanted);
  }
});

const SHOP = (more = "") => `<!doctype html><html lang="en"><head><title>Shop</title>
<script src="/pad.js" data-milagro-form="#login" data-client="shop" ${more}></script></head>
<body><form id="login" action="/in"><input type="hidden" name="csrf" value="t"><label for="u">Name</label><input id="u" name="user" required>
<label for="p">Password</label><input id="p" name="password" type="password" required minlength="8" pattern="[a-z]+">
<label><input type="checkbox" name="stay"> Stay logged in</label><button name="go" value="1">Go</button></form></body></html>`;
const CODE = "c".repeat(43);

test("the drop-in puts a code where the password was, and sends the form that was there", async (t) => {
  const answers = { state: ALICE, login: { value: { user: "alice", code: CODE } } };
  const documents = { "/shop": SHOP(), "/in": "<title>in</title>" };
  const { page, found } = await visit(t, "/shop", { answers, documents });
  await page.getByLabel("PIN", { exact: true }).waitFor();
  for (const label of ["Name", "Password"]) assert.ok(!(await page.getByText(label, { exact: true }).isVisible()), label);
  await page.getByLabel("Stay logged in").check();
  await page.getByLabel("PIN", { exact: true }).fill("2580");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/in/);
  const sent = Object.fromEntries(new URL(page.url()).searchParams);
  assert.deepEqual(sent, { csrf: "t", user: "alice", password: CODE, stay: "on" });
  assert.deepEqual(logins()[0].args, ["2580", { for: "code", client: "shop", origin: world.origin }]);
  assert.deepEqual(found, []);
});

test("the drop-in leaves a page alone that has no such form", async (t) => {
  const documents = { "/shop": SHOP().replace('id="login"', 'id="other"') };
  const { page, found } = await visit(t, "/shop", { answers: { state: ALICE }, documents });
  assert.ok(await page.getByLabel("Password").isVisible());
  assert.match(found.join(), /no form with a password field/);
});

test("a number becomes a code in the form", async (t) => {
  const headers = { "content-type": "text/event-stream" };
  const api = {
    "POST /v1/handoffs": { content: { number: "1234566", seconds: 300 } },
    "GET /v1/handoffs/1234566/events": { headers, content: `event: code\ndata: {"code":"${CODE}"}\n\n` },
  };
  const documents = { "/shop": SHOP('data-hand-off="/hand-off"'), "/in": "<title>in</title>" };
  const { page, found } = await visit(t, "/shop", { answers: { state: ALICE }, api, documents });
  await page.getByRole("button", { name: "Log in with your phone" }).click();
  await page.waitForURL(/\/in/);
  assert.equal(new URL(page.url()).searchParams.get("password"), CODE);
  assert.deepEqual(found, []);
});

test("the element is a field of its form, and its texts can be replaced", async (t) => {
  const documents = {
    "/own": `<!doctype html><html lang="de"><title>own</title><script src="/pad.js"></script>
<form action="/in"><milagro-pad name="code" client="shop"></milagro-pad></form></html>`,
    "/in": "<title>in</title>",
  };
  const answers = { state: ALICE, login: { value: { user: "alice", code: CODE } } };
  const { page } = await visit(t, "/own", { answers, documents });
  await page.getByRole("button", { name: "Anmelden" }).waitFor();
  await page.evaluate(() => {
    document.querySelector("milagro-pad").texts = { login: "Rein", pin: "Geheimzahl" };
  });
  await page.getByLabel("Geheimzahl").fill("2580");
  await page.getByRole("button", { name: "Rein" }).click();
  await page.waitForURL(/\/in/);
  assert.equal(new URL(page.url()).searchParams.get("code"), CODE);
});

test("a name is said as it is, whatever is in it", async (t) => {
  const user = "a$& $` $' $$ {user} <b>";
  const documents = { "/own": `<!doctype html><title>own</title><script src="/pad.js"></script><milagro-pad mode="enrol" length="4"></milagro-pad>` };
  const { page, found } = await visit(t, "/own", { answers: { state: NOBODY, enrol: { value: { ...ALICE.value, user } } }, documents });
  await page.getByLabel("Activation code").fill("7PKQZ-0G2VE-MB3XA-9C5TN");
  await page.getByLabel("New PIN", { exact: true }).fill("2580");
  await page.getByLabel("New PIN again").fill("2580");
  await page.keyboard.press("Enter");
  const said = page.getByRole("status").filter({ hasText: "This device is set up" });
  await said.waitFor();
  assert.equal(await said.textContent(), `This device is set up for ${user}.`);
  await page.getByText(`Logging in as ${user}`).waitFor();
  assert.deepEqual(found, []);
});

test("a worker that could not be loaded is loaded for the next question", async (t) => {
  Object.assign(world, { answers: { state: NOBODY }, api: {}, documents: {}, asked: [] });
  const context = await browser.newContext({ locale: "en-GB" });
  t.after(() => context.close());
  const page = await context.newPage();
  let times = 0;
  await page.route(`**/${world.manifest["worker.js"]}`, (route) => ((times += 1) === 1 ? route.abort() : route.continue()));
  await page.goto(`${world.origin}/enrol`);
  await page.getByLabel("Activation code").waitFor();
  assert.equal(times, 2);
});

test("of two numbers the one that was asked for last is confirmed, whichever is answered first", async (t) => {
  const waiting = new Map();
  const lookHandOff = (number) => new Promise((resolve) => waiting.set(number, resolve));
  Object.assign(world, { answers: { state: ALICE, lookHandOff }, api: {}, documents: {}, asked: [] });
  const context = await browser.newContext({ locale: "en-GB" });
  t.after(() => context.close());
  const page = await context.newPage();
  // Counts what the worker has answered.
  await page.addInitScript(() => {
    globalThis.answers = 0;
    globalThis.Worker = class extends Worker {
      constructor(...given) {
        super(...given);
        this.addEventListener("message", () => (globalThis.answers += 1));
      }
    };
  });
  await page.goto(`${world.origin}/hand-off#number=1234566`);
  const asked = async (number) => {
    while (!waiting.has(number)) await page.waitForTimeout(20);
  };
  await page.getByLabel("Number").fill("7654328");
  await asked("1234566");
  await page.getByRole("button", { name: "Continue" }).click();
  await asked("7654328");
  waiting.get("7654328")({ value: { origin: "https://shop.example", client: "shop" } });
  await page.getByText("https://shop.example").waitFor();
  const answers = () => page.evaluate(() => globalThis.answers);
  const before = await answers();
  waiting.get("1234566")({ value: { origin: "https://evil.example", client: "evil" } });
  await page.waitForFunction((before) => globalThis.answers > before, before);
  assert.ok(await page.getByText("https://shop.example").isVisible());
  assert.equal(await page.getByText("https://evil.example").count(), 0);
});

test("a page that cancels the event sends its form itself", async (t) => {
  const documents = {
    "/own": `<!doctype html><title>own</title><script src="/pad.js"></script><form action="/in"><milagro-pad name="code" client="shop"></milagro-pad></form>`,
  };
  const answers = { state: ALICE, login: { value: { user: "alice", code: CODE } } };
  const { page } = await visit(t, "/own", { answers, documents });
  await page.evaluate(() => {
    addEventListener("milagro-login", (event) => {
      event.preventDefault();
      document.title = event.detail.user;
    });
  });
  await page.getByLabel("PIN", { exact: true }).fill("2580");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.title === "alice");
  await settled(page);
  assert.ok(page.url().endsWith("/own"));
});

test("the pad without its WebAssembly is at most 12 KiB", async () => {
  let all = 0;
  for (const name of ["pad.js", "worker.js"]) {
    all += gzipSync(await readFile(new URL(`../../dist/${world.manifest[name]}`, import.meta.url)), { level: 9 }).length;
  }
  assert.ok(all <= 12 * 1024, `${all} bytes`);
});
