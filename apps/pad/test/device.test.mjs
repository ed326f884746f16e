// What a device does with its token and its cookie, whatever becomes of what it has sent.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { built, source } from "./bundle.mjs";
import { Peer, toHex } from "./peer.mjs";

const { Fault, Module, PadDevice, enrol, fromText, toText } = await source("worker/testing.ts");
const login = await Module.from(await built("login.wasm"));
const enrolling = await Module.from(await built("enrol.wasm"));

let peer;
let enrolled;

before(async () => {
  peer = new Peer();
  const token = await peer.bytes("token");
  const looked = login.call("look", { string: token });
  enrolled = {
    token: toText(token),
    cookie: toText(Buffer.from("cookie-1")),
    server: toText(await peer.bytes("server")),
    identity: toText(looked.slice(33)),
    domain: toText(looked.slice(1, 33)),
    user: "alice",
    pinLength: 4,
  };
});
after(() => peer.end());

/** A service that says what each path answers, and remembers what it was asked. */
class Fake {
  constructor(routes) {
    this.routes = routes;
    this.asked = [];
  }

  async ask(question) {
    this.asked.push(question);
    return this.routes[question.path](question.body, question);
  }
}

/** A store that keeps copies, as the real one does. */
class Kept {
  constructor(records = {}) {
    this.records = structuredClone(records);
  }

  get = async (name) => structuredClone(this.records[name]);
  put = async (name, value) => {
    if (this.full) throw new Fault("storage");
    this.records[name] = structuredClone(value);
  };
  delete = async (name) => delete this.records[name];
  clear = async () => {
    this.records = {};
  };
}

/** A login service that gives out cookies by their numbers, and a device that is enrolled there. */
function world() {
  const service = {
    next: 2,
    async challenge() {
      const [challenge, domain, server] = [await peer.bytes("challenge"), await peer.bytes("id"), await peer.bytes("server")];
      return { challenge: toText(challenge), domain: toText(domain), server: toText(server) };
    },
    async login({ proof, cookie }) {
      assert.equal(Buffer.from(fromText(cookie)).toString(), `cookie-${service.next - 1}`, "the newest cookie");
      if ((await peer.ask("login", toHex(fromText(proof)))) !== "accepted") throw new Fault("wrong-pin");
      service.next += 1;
      return { user: "alice", cookie: toText(Buffer.from(`cookie-${service.next - 1}`)), code: "a code" };
    },
  };
  const fake = new Fake({
    "/v1/challenge": () => service.challenge(),
    "/v1/login": (body) => service.login(body),
    "/v1/handoffs/look": () => ({ origin: "https://shop.example", client: "shop", more: 1 }),
  });
  const registrar = new Fake({
    "/v1/enrolments": async ({ client, by }) => {
      if (by.code !== "ABCD") throw new Fault("bad-code");
      // The same key is granted the same, whatever was lost.
      registrar.granted[client] ??= await peer.grant(fromText(client), first);
      registrar.now = registrar.granted[client];
      return { grant: toText(registrar.now.grant) };
    },
    "/v1/shares": ({ grant }) => {
      assert.deepEqual(fromText(grant), Uint8Array.from(registrar.now.grant));
      const shares = registrar.now.shares.map(({ authority, sealed }) => ({ authority, sealed: toText(sealed) }));
      return { shares: shares.slice(registrar.away), missing: registrar.away };
    },
    "/v1/devices": () => ({ sealed: toText(registrar.now.letter) }),
    "/v1/registrar": async () => ({ domain: toText(await peer.bytes("domain")) }),
  });
  Object.assign(registrar, { granted: {}, away: 0 });
  const first = JSON.stringify({ user: "bob", device: "AA", cookie: toText(Buffer.from("cookie-1")) });
  const store = new Kept({ device: enrolled });
  let last = Promise.resolve();
  const alone = (work) => {
    last = last.then(work, work);
    return last;
  };
  const modules = { login: async () => login, enrol: async () => enrolling };
  const permit = async () => assert.fail("no permit is wanted");
  const device = new PadDevice({
    store,
    login: fake,
    modules,
    enrol: (...asked) => enrol({ store, registrar, modules }, ...asked),
    permit,
    alone,
  });
  return { device, fake, registrar, service, store };
}

const fails = (failure, promise) =>
  assert.rejects(promise, (error) => error instanceof Fault && error.sent.failure === failure);
const code = { for: "code", client: "shop", origin: "https://shop.example" };

test("a login keeps the next cookie, and tells the page the user and the code alone", async () => {
  const { device, fake, store } = world();
  assert.deepEqual(await device.state(), { kind: "enrolled", user: "alice", pinLength: 4 });
  assert.deepEqual(await device.login("1234", code), { user: "alice", code: "a code" });
  assert.equal(store.records.device.cookie, toText(Buffer.from("cookie-2")));
  const sent = fake.asked.find(({ path }) => path === "/v1/login");
  assert.deepEqual(sent.body.purpose, code);
  assert.equal(sent.repeatable, false);
  for (const where of [fake.asked, store.records]) assert.ok(!JSON.stringify(where).includes("1234"));
});

test("two tabs present one cookie after another", async () => {
  const { device, service } = world();
  await Promise.all([1, 2, 3].map(() => device.login("1234", code)));
  assert.equal(service.next, 5);
});

test("a wrong PIN changes nothing, and one of another length is not sent", async () => {
  const { device, fake, store } = world();
  await fails("wrong-pin", device.login("1235", code));
  assert.deepEqual(store.records.device, enrolled);
  const asked = fake.asked.length;
  for (const pin of ["123", "12345", "12a4", "", "１２３４"]) await fails("wrong-pin", device.login(pin, code));
  assert.equal(fake.asked.length, asked);
  await device.login("1234", code);
});

test("a lost answer costs no cookie", async () => {
  const { device, service, store } = world();
  const answers = service.login;
  service.login = async (body) => {
    await answers(body);
    // A cookie that never arrives is never presented.
    service.next -= 1;
    throw new Fault("offline");
  };
  await fails("offline", device.login("1234", code));
  assert.equal(store.records.device.cookie, enrolled.cookie);
  service.login = answers;
  await device.login("1234", code);
});

test("a full disk does not undo a login", async () => {
  const { device, store } = world();
  store.full = true;
  assert.deepEqual(await device.login("1234", code), { user: "alice", code: "a code" });
  assert.deepEqual(store.records.device, enrolled);
});

test("a PIN is changed after a login with the old one", async () => {
  const { device, fake, store } = world();
  await fails("wrong-pin", device.changePin("1235", "567890"));
  assert.equal(store.records.device.token, enrolled.token);
  await fails("wrong-pin", (async () => device.changePin("1234", "12"))());
  await device.changePin("1234", "567890");
  assert.equal(fake.asked.filter(({ path }) => path === "/v1/login").length, 2);
  assert.equal((await device.state()).pinLength, 6);
  await fails("wrong-pin", device.login("1234", code));
  await device.login("567890", code);
});

test("no other server and no other domain is answered", async () => {
  for (const changed of [{ server: "b3RoZXI" }, { domain: toText(new Uint8Array(32)) }]) {
    const { device, fake, service } = world();
    const says = service.challenge;
    service.challenge = async () => ({ ...(await says()), ...changed });
    await fails("unknown-device", device.login("1234", code));
    assert.ok(fake.asked.every(({ path }) => path === "/v1/challenge"));
  }
});

test("what is not an answer is no login", async () => {
  for (const said of [{}, { user: "alice" }, { user: 1, cookie: "AA" }, { user: "alice", cookie: "no base64url!" }]) {
    const { device, service, store } = world();
    service.login = async () => said;
    await fails("unavailable", device.login("1234", code));
    assert.deepEqual(store.records.device, enrolled);
  }
});

test("a device that is not enrolled, or has forgotten, or is damaged", async () => {
  const { device, store } = world();
  assert.deepEqual(await device.lookHandOff("1234567"), { origin: "https://shop.example", client: "shop" });
  store.records.device.token = 7;
  await fails("storage", device.state());
  await device.forget();
  assert.deepEqual(store.records, {});
  assert.deepEqual(await device.state(), { kind: "none" });
  await fails("unknown-device", device.login("1234", code));
  await fails("unknown-device", device.lookHandOff("1234567"));
});

test("a code enrols a device, which logs in", async () => {
  const { device, registrar, store } = world();
  await device.forget();
  assert.deepEqual(await device.enrol({ code: "ABCD", pin: "80808" }), { kind: "enrolled", user: "bob", pinLength: 5 });
  assert.deepEqual(Object.keys(store.records), ["device"]);
  await fails("wrong-pin", device.login("80809", code));
  await device.login("80808", code);
  // The identity is that of the grant: the peer names it by the client's key.
  const [{ body }] = registrar.asked;
  assert.ok(Buffer.from(fromText(store.records.device.identity)).includes(toHex(fromText(body.client))));
  for (const where of [registrar.asked, store.records]) assert.ok(!JSON.stringify(where).includes("80808"));
});

test("an enrolment that breaks off goes on with the same key", async () => {
  const { device, registrar, store } = world();
  await device.forget();
  const again = () => device.enrol({ code: "ABCD", pin: "8080" });
  registrar.away = 2;
  await fails("unavailable", again());
  registrar.away = 1;
  for (const path of ["/v1/enrolments", "/v1/shares", "/v1/devices", "/v1/registrar"]) {
    const route = registrar.routes[path];
    registrar.routes[path] = async (body) => {
      await route(body);
      throw new Fault("offline");
    };
    await fails("offline", again());
    registrar.routes[path] = route;
  }
  store.full = true;
  await fails("storage", again());
  store.full = false;
  await again();
  assert.equal(Object.keys(registrar.granted).length, 1);
  await device.login("8080", code);
});

test("a code that is none, and another code", async () => {
  const { device, registrar, store } = world();
  await fails("bad-code", device.enrol({ code: "nonsense", pin: "8080" }));
  await fails("wrong-pin", (async () => device.enrol({ code: "ABCD", pin: "80" }))());
  assert.deepEqual(store.records.device, enrolled, "the device is the one before");
  await device.enrol({ code: "ABCD", pin: "8080" });
  const keys = registrar.asked.filter(({ path }) => path === "/v1/enrolments").map(({ body }) => body.client);
  assert.equal(new Set(keys).size, 2, "another code has another key");
  // A letter that is no letter, and one that says nothing of use.
  for (const text of ["no JSON", "[]", "{}"]) {
    const { device, registrar } = world();
    const grant = registrar.routes["/v1/enrolments"];
    registrar.routes["/v1/enrolments"] = async (body) => {
      registrar.granted[body.client] = await peer.grant(fromText(body.client), text);
      return grant(body);
    };
    await fails("unavailable", device.enrol({ code: "ABCD", pin: "8080" }));
  }
});
