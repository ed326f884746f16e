// People with browsers, against every process of the system: clicks and keys, and nothing that stands for something else.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import decodeQR from "qr/decode.js";
import { complaints, launch } from "./chromium.mjs";
import { enrol as setUp, heard, tap, typePin } from "./person.mjs";
import { begin, until } from "./world.mjs";

const PIN = "739164";
const NEXT = "918273";
const WRONG = "555123";
const PATIENCE = 60_000;

let world;
let browser;
/** Everything that any browser has sent, as text. */
const sent = [];

before(async () => {
  world = await begin();
  // Storage of frames apart for each site around them, as people's browsers have it, and playwright's own flags do not.
  browser = await launch(["--disable-features=Translate"]);
});

after(async () => {
  await browser?.close();
  await world?.close();
});

/** A browser of its own: a person's device. */
async function device() {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "en-GB" });
  context.setDefaultTimeout(PATIENCE);
  context.on("request", (request) => sent.push(`${request.method()} ${request.url()} ${JSON.stringify(request.headers())} ${request.postData() ?? ""}`));
  return context;
}

async function open(context, address) {
  const page = await context.newPage();
  page.found = complaints(page);
  await page.goto(address);
  return page;
}

async function enrol(context, address, pin) {
  const page = await open(context, "about:blank");
  await setUp(page, address, pin);
  return page;
}

const loggedIn = (page) => page.getByText("Logged in as alice.").waitFor();

test("the pad, from the first code to the last device", { timeout: 280_000 }, async (t) => {
  const phone = await device();

  await t.test("a code sets up a device, and its PIN logs in", async () => {
    const page = await enrol(phone, `${world.origin}/enrol#code=${await world.code("alice")}`, PIN);
    await page.getByRole("link", { name: "Log in" }).click();
    await page.getByText("Logging in as alice").waitFor();
    await tap(page, PIN);
    await page.getByRole("button", { name: "Log in" }).click();
    await loggedIn(page);
    assert.deepEqual(page.found, []);
    const [session] = (await phone.cookies()).filter(({ name }) => name === "__Host-milagro-session");
    assert.deepEqual([session.httpOnly, session.secure, session.sameSite], [true, true, "Lax"]);
    await page.close();
  });

  await t.test("a wrong PIN is refused, and the right one is not", async () => {
    const page = await open(phone, `${world.origin}/login`);
    await typePin(page, WRONG);
    assert.equal(await heard(page, "Wrong PIN"), "Wrong PIN. 4 attempts are left.");
    await typePin(page, PIN);
    await loggedIn(page);
    await page.close();
  });

  await t.test("another PIN", async () => {
    const page = await open(phone, `${world.origin}/change-pin`);
    const fill = async (old, next) => {
      await page.getByLabel("PIN so far").fill(old);
      await page.getByLabel("New PIN", { exact: true }).fill(next);
      await page.getByLabel("New PIN again").fill(next);
      await page.getByRole("button", { name: "Change PIN" }).click();
    };
    await fill(WRONG, NEXT);
    await heard(page, "Wrong PIN");
    await fill(PIN, NEXT);
    await page.getByText("Your PIN has been changed.").waitFor();
    await page.goto(`${world.origin}/login`);
    await typePin(page, PIN);
    await heard(page, "Wrong PIN");
    await typePin(page, NEXT);
    await loggedIn(page);
    await page.close();
  });

  await t.test("locked by the operator, and unlocked", async () => {
    const page = await open(phone, `${world.origin}/login`);
    await world.admin("lock", "alice");
    await typePin(page, NEXT);
    await heard(page, /./);
    await world.admin("unlock", "alice");
    await typePin(page, NEXT);
    await loggedIn(page);
    await page.close();
  });

  await t.test("the network is away, and comes back", async () => {
    const page = await open(phone, `${world.origin}/login`);
    await page.getByLabel("PIN", { exact: true }).waitFor();
    await world.stop("nginx");
    await typePin(page, NEXT);
    await heard(page, "cannot be reached");
    world.proxyAgain();
    await until(() => page.request.get(`${world.origin}/v1/challenge`).then((answer) => answer.ok()), "nginx");
    await typePin(page, NEXT);
    await loggedIn(page);
    await page.close();
  });

  await t.test("the service is started again while somebody types", async () => {
    const page = await open(phone, `${world.origin}/login`);
    await tap(page, NEXT);
    await world.stop("login");
    await world.login();
    await page.keyboard.press("Enter");
    await loggedIn(page);
    await page.close();
  });

  await t.test("two tabs at once", async () => {
    const pages = await Promise.all([1, 2].map(() => open(phone, `${world.origin}/login`)));
    await Promise.all(pages.map((page) => page.getByLabel("PIN", { exact: true }).fill(NEXT)));
    await Promise.all(pages.map((page) => page.getByRole("button", { name: "Log in" }).click()));
    await Promise.all(pages.map(loggedIn));
    await Promise.all(pages.map((page) => page.close()));
  });

  await t.test("a second device by a QR code, whose guesses are counted, and which the first removes", async () => {
    const page = await open(phone, `${world.origin}/login`);
    await typePin(page, NEXT);
    await loggedIn(page);
    await page.getByRole("button", { name: "Add a device" }).click();
    const address = decoded(await page.getByRole("img", { name: "QR code that sets up a new device" }).locator("path").getAttribute("d"));
    const code = await page.getByText(/^[0-9A-Z]{5}(-[0-9A-Z]{5}){3}$/).textContent();
    assert.equal(address, `${world.origin}/enrol#code=${code}`);
    const tablet = await device();
    const second = await enrol(tablet, address, PIN);
    await second.getByRole("link", { name: "Log in" }).click();
    await typePin(second, PIN);
    await loggedIn(second);
    await second.goto(`${world.origin}/login`);
    for (const said of ["4 attempts are left.", "3 attempts are left.", "2 attempts are left.", "One attempt is left.", "Too many wrong PINs."]) {
      await typePin(second, WRONG);
      await heard(second, said);
    }
    await typePin(second, PIN);
    await heard(second, "Too many wrong PINs.");
    await page.reload();
    await page.getByRole("listitem").filter({ hasText: "Set up" }).filter({ hasNotText: "This device" }).getByRole("button").first().click();
    await page.getByRole("button", { name: "Remove", exact: true }).click();
    await page.getByText("The device was removed.").waitFor();
    await second.goto(`${world.origin}/login`);
    await typePin(second, PIN);
    await heard(second, /./);
    await tablet.close();
    await page.close();
  });

  await t.test("a phone logs another browser in", async () => {
    const desk = await device();
    const screen = await open(desk, world.shopOrigin);
    await screen.getByRole("button", { name: "Log in with your phone" }).click();
    const number = (await screen.getByText(/^\d{3} \d{4}$/).textContent()).replace(" ", "");
    await screen.getByText(`For ${world.shopOrigin}.`).waitFor();
    const page = await open(phone, `${world.origin}/hand-off`);
    await page.getByLabel("Number").fill(number);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByText(world.shopOrigin).waitFor();
    await page.getByRole("button", { name: "Yes, log in there" }).click();
    await typePin(page, NEXT);
    await page.getByText("The other screen is logged in.").waitFor();
    await screen.getByRole("heading", { name: "Hello, alice" }).waitFor();
    assert.deepEqual([page.found, screen.found], [[], []]);
    await desk.close();
    await page.close();
  });

  await t.test("the form of a shop that knows nothing of the pad", async () => {
    const laptop = await device();
    await enrol(laptop, `${world.shopOrigin}/milagro/enrol#code=${await world.code("alice")}`, PIN);
    const page = await open(laptop, world.shopOrigin);
    await typePin(page, WRONG);
    await heard(page, "Wrong PIN");
    await typePin(page, PIN);
    await page.getByRole("heading", { name: "Hello, alice" }).waitFor();
    assert.deepEqual(page.found, []);
    for (const hidden of ["metrics", "readyz", "registrar/metrics"]) {
      const answer = await page.request.get(`${world.shopOrigin}/milagro/${hidden}`);
      assert.equal(answer.status(), 404, hidden);
    }
    await laptop.close();
  });

  await t.test("the same form behind Apache, with a PIN and with a number", async () => {
    const laptop = await device();
    await enrol(laptop, `${world.apacheOrigin}/milagro/enrol#code=${await world.code("alice")}`, PIN);
    const page = await open(laptop, world.apacheOrigin);
    await typePin(page, PIN);
    await page.getByRole("heading", { name: "Hello, alice" }).waitFor();
    for (const hidden of ["metrics", "readyz", "registrar/metrics"]) {
      const answer = await page.request.get(`${world.apacheOrigin}/milagro/${hidden}`);
      assert.equal(answer.status(), 403, hidden);
    }
    await page.goto(world.apacheOrigin);
    await page.getByRole("button", { name: "Log in with your phone" }).click();
    await confirmed(page, world.apacheOrigin);
    await page.getByRole("heading", { name: "Hello, alice" }).waitFor();
    assert.deepEqual(page.found, []);
    await laptop.close();
  });

  /** The phone logs in for the number that a page, or a frame, shows. */
  async function confirmed(shown, origin) {
    const number = (await shown.getByText(/^\d{3} \d{4}$/).textContent()).replace(" ", "");
    const page = await open(phone, `${world.origin}/hand-off#number=${number}`);
    await page.getByText(origin).waitFor();
    await page.getByRole("button", { name: "Yes, log in there" }).click();
    await typePin(page, NEXT);
    await page.getByText("The other screen is logged in.").waitFor();
    await page.close();
  }

  await t.test("a frame within a page of another site, with a number and with a PIN", async () => {
    const laptop = await device();
    const page = await open(laptop, `${world.elsewhere}/framed`);
    const frame = page.frameLocator("iframe");
    const isTold = () => page.waitForFunction(() => document.title.includes("milagro-code"));
    await frame.getByText("This device is not set up yet.").waitFor();
    await frame.getByRole("button", { name: "Log in with your phone" }).click();
    await confirmed(frame, world.elsewhere);
    await isTold();
    // The cookie of the number is for pages of that site alone.
    const [cookie] = (await laptop.cookies()).filter(({ name }) => name === "__Host-milagro-handoff");
    assert.deepEqual([cookie.sameSite, cookie.partitionKey], ["None", "https://127.0.0.1"]);

    await page.reload();
    await frame.getByRole("button", { name: "Set up this device" }).click();
    await frame.getByLabel("Activation code").fill(await world.code("alice"));
    for (const label of ["New PIN", "New PIN again"]) await frame.getByLabel(label, { exact: true }).fill(PIN);
    await frame.getByRole("button", { name: "Set up this device" }).click();
    await frame.getByText("This device is set up for alice.").waitFor();
    await frame.getByLabel("PIN", { exact: true }).click();
    await page.keyboard.type(PIN);
    await page.keyboard.press("Enter");
    await isTold();
    // All that the page around it has heard, seen and can ask for.
    const seen = await page.evaluate(() => {
      const inside = ["document", "localStorage", "indexedDB"].filter((name) => {
        try {
          return frames[0][name] !== undefined;
        } catch {
          return false;
        }
      });
      const messages = heard.filter(({ type }) => type === "message").map(({ data }) => Object.keys(data));
      return { kinds: [...new Set(heard.map(({ type }) => type))], messages, inside };
    });
    assert.deepEqual(seen, { kinds: ["message"], messages: [["type", "code"]], inside: [] });
    await laptop.close();
  });

  await t.test("a page that nobody has registered frames nothing, whoever it says that it is", async () => {
    const laptop = await device();
    const page = await laptop.newPage();
    const hostile = `https://127.0.0.1:${world.ports.apache}`;
    for (const as of [hostile, world.shopOrigin, world.elsewhere]) {
      const asked = page.waitForResponse((response) => response.url().startsWith(`${world.origin}/frame`));
      // With all that is within it.
      await page.goto(`${hostile}/framed?as=${as}`);
      assert.equal((await asked).status(), as === hostile ? 403 : 200, as);
      assert.equal(await page.frameLocator("iframe").locator("milagro-pad").count(), 0, as);
    }
    await laptop.close();
  });

  await t.test("a frame of a registered origin, and of no other", async () => {
    const page = await open(phone, `${world.shopOrigin}/framed`);
    await page.frameLocator("iframe").getByLabel("PIN", { exact: true }).fill(NEXT);
    await page.frameLocator("iframe").getByRole("button", { name: "Log in", exact: true }).click();
    await page.waitForFunction(() => document.title.includes("milagro-code"));
    assert.equal(await page.title(), `${world.origin} milagro-code 43`);
    const other = await page.request.get(`${world.origin}/frame?client=shop&origin=https://evil.example`);
    assert.equal(other.status(), 403);
    const framed = await page.request.get(`${world.origin}/login`);
    assert.match(framed.headers()["content-security-policy"], /frame-ancestors 'none'$/);
    await page.close();
  });

  await t.test("no PIN is in what was sent, kept or written", async () => {
    const page = await open(phone, `${world.origin}/login`);
    const kept = await page.evaluate(stored);
    const logs = [];
    for (const name of ["login", "registrar", "ada", "bob", "cyd"]) logs.push(await world.log(name));
    for (const name of ["requests.log", "error.log"]) logs.push(await readFile(join(world.path("nginx"), name), "utf8"));
    for (const name of await readdir(world.path("login/data"))) {
      if (name.startsWith("audit")) logs.push(await readFile(join(world.path("login/data"), name), "utf8"));
    }
    assert.ok(sent.length > 100 && kept.length > 100 && logs.join("").length > 1000, "something was looked at");
    for (const [what, text] of Object.entries({ sent: sent.join("\n"), kept, logs: logs.join("\n") })) {
      for (const pin of [PIN, NEXT, WRONG]) assert.ok(!text.includes(pin), `${what}: ${pin}`);
    }
    await page.close();
  });

  await t.test("a revoked user", async () => {
    const page = await open(phone, `${world.origin}/login`);
    await world.milagro("registry", "remove", "--user", "alice", "--config", "reg/milagro.toml");
    await typePin(page, NEXT);
    await heard(page, /./);
    assert.ok(page.url().includes("/login"));
    await page.close();
  });

  await t.test("a browser that has forgotten everything", async () => {
    const page = await open(phone, `${world.origin}/logged-out`);
    await page.getByRole("button", { name: "Forget this device" }).click();
    await page.getByRole("button", { name: "Forget this device" }).click();
    await page.getByText("This browser knows nothing of you any more.").waitFor();
    await page.goto(`${world.origin}/login`);
    await page.getByText("This device is not set up yet.").waitFor();
    await page.close();
  });
  await phone.close();
});

/** What a QR code says, from the squares that it is drawn with. */
function decoded(path) {
  const dark = new Set([...path.matchAll(/M(\d+) (\d+)/g)].map(([, x, y]) => `${x} ${y}`));
  const most = Math.max(...[...dark].flatMap((square) => square.split(" ").map(Number)));
  const [scale, size] = [4, most + 5];
  const data = new Uint8ClampedArray(size * size * scale * scale * 4).fill(255);
  for (let at = 0; at < size * size * scale * scale; at += 1) {
    const [x, y] = [at % (size * scale), Math.floor(at / (size * scale))].map((one) => Math.floor(one / scale));
    if (dark.has(`${x} ${y}`)) data.fill(0, at * 4, at * 4 + 3);
  }
  return decodeQR({ width: size * scale, height: size * scale, data });
}

/** All that a page has kept, as text; bytes as they are and in hexadecimal. */
async function stored() {
  const texts = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie, document.documentElement.outerHTML];
  const promised = (request) => new Promise((resolve, reject) => Object.assign(request, { onsuccess: () => resolve(request.result), onerror: reject }));
  const shown = (value) =>
    JSON.stringify(value, (_, one) => {
      const bytes = one instanceof ArrayBuffer ? new Uint8Array(one) : one;
      if (!(bytes instanceof Uint8Array)) return one;
      return [[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(""), new TextDecoder().decode(bytes)];
    });
  for (const { name } of await indexedDB.databases()) {
    const database = await promised(indexedDB.open(name));
    for (const store of database.objectStoreNames) texts.push(shown(await promised(database.transaction(store).objectStore(store).getAll())));
    database.close();
  }
  return texts.join("\n");
}
