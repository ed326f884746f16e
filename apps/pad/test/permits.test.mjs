// A login at a service that asks for the permit of the day.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { built, source } from "./bundle.mjs";
import { Peer, toHex } from "./peer.mjs";

const { Fault, Module, PadDevice, fromText, permit, toText } = await source("worker/testing.ts");
const login = await Module.from(await built("login.wasm"));
const permits = await Module.from(await built("permits.wasm"));
const DAY = 86_400;

let peer;
let kept;
let server;
let address;
/** What is in a file, by its name. */
let served;

before(async () => {
  server = createServer((request, response) => {
    const file = served(request.url.slice(1));
    response.writeHead(file ? 200 : 404).end(file);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${server.address().port}`;
  peer = new Peer("permits");
  const token = await peer.bytes("token");
  const looked = login.call("look", { string: token });
  kept = {
    device: {
      token: toText(token),
      cookie: toText(Buffer.from("a cookie")),
      server: toText(await peer.bytes("server")),
      identity: toText(looked.slice(33)),
      domain: toText(looked.slice(1, 33)),
      user: "alice",
      pinLength: 4,
    },
  };
});
after(() => {
  peer.end();
  server.close();
});

/** A device, and services that remember what they were asked. */
async function world({ revoked = ["bob"], kind = "either" } = {}) {
  const { epoch, index, files } = await peer.bulletin(...revoked);
  const asked = [];
  const records = structuredClone(kept);
  const store = {
    get: async (name) => structuredClone(records[name]),
    put: async (name, value) => {
      records[name] = structuredClone(value);
    },
    clear: async () => Object.keys(records).forEach((name) => delete records[name]),
  };
  const wanted = { kind, epoch, seconds: DAY };
  const routes = {
    "/v1/challenge": async () => ({
      challenge: toText(await peer.bytes("challenge")),
      domain: toText(await peer.bytes("id")),
      server: toText(await peer.bytes("server")),
      permit: wanted,
    }),
    "/v1/login": async ({ proof }) => {
      if ((await peer.ask("login", toHex(fromText(proof)))) !== "accepted") throw new Fault("wrong-pin");
      return { user: "alice", cookie: toText(Buffer.from("a cookie")), code: "a code" };
    },
    [`/v1/bulletins/${epoch}`]: async () => ({ epoch, list: 1, bulletin: index, index }),
  };
  const service = {
    async ask({ path, body }) {
      asked.push(path);
      if (!(path in routes)) throw new Fault("unavailable");
      return routes[path](body);
    },
  };
  // Files from a server of their own, as from any cache.
  served = (name) => {
    asked.push(name);
    return files[name];
  };
  const around = { store, registrar: service, bulletins: address, module: async () => permits };
  const device = new PadDevice({
    store,
    login: service,
    modules: { login: async () => login },
    enrol: () => assert.fail("nobody has a code"),
    permit: (wanted, owner) => permit(around, wanted, owner),
    alone: (work) => work(),
  });
  return { device, asked, records, routes, files, wanted };
}

const rejects = (failure, promise) =>
  assert.rejects(promise, (error) => error instanceof Fault && error.sent.failure === failure);
const code = { for: "code", client: "shop", origin: "https://shop.example" };

test("the permit of the day is fetched once", async () => {
  const { device, asked, records, wanted } = await world();
  assert.deepEqual(await device.login("1234", code), { user: "alice", code: "a code" });
  assert.deepEqual(asked.map((name) => name.replace(/^[0-9a-f]{64}/, "")), ["/v1/challenge", `/v1/bulletins/${wanted.epoch}`, ".index", ".slice", "/v1/login"]);
  assert.ok(records.permit);
  asked.length = 0;
  await device.login("1234", code);
  assert.deepEqual(asked, ["/v1/challenge", "/v1/login"]);
  await rejects("wrong-pin", device.login("1235", code));
  // One that is damaged is fetched again.
  records.permit.permit = "no base64url!";
  asked.length = 0;
  await device.login("1234", code);
  assert.equal(asked.length, 5);
});

test("another epoch has another permit", async () => {
  const { device, asked, wanted } = await world();
  await device.login("1234", code);
  wanted.epoch += 1;
  asked.length = 0;
  await rejects("unavailable", device.login("1234", code));
  assert.deepEqual(asked, ["/v1/challenge", `/v1/bulletins/${wanted.epoch}`]);
});

test("whoever is revoked is told so, and no attempt is made", async () => {
  const { device, asked } = await world({ revoked: ["alice"] });
  await rejects("revoked", device.login("1234", code));
  assert.ok(!asked.includes("/v1/login"));
});

test("what is fetched ahead is not fetched at the login", async () => {
  const { device, asked } = await world();
  await device.prepare();
  await device.prepare();
  assert.equal(asked.length, 4, "a challenge and a permit, once");
  asked.length = 0;
  await device.login("1234", code);
  assert.deepEqual(asked, ["/v1/login"]);
  // A challenge is answered once.
  asked.length = 0;
  await device.login("1234", code);
  assert.deepEqual(asked, ["/v1/challenge", "/v1/login"]);
});

test("a challenge that waits too long is another", async (context) => {
  const { device, asked } = await world();
  context.mock.timers.enable({ apis: ["Date"], now: 1_800_000_000_000 });
  for (const wait of [31_000, -1_000]) {
    await device.prepare();
    context.mock.timers.setTime(Date.now() + wait);
    asked.length = 0;
    await device.login("1234", code);
    assert.deepEqual(asked, ["/v1/challenge", "/v1/login"]);
  }
});

test("files and names that are not what they should be", async () => {
  for (const change of [
    ({ files }) => Object.keys(files).forEach((name) => (files[name] = files[name].map((byte) => byte ^ 1))),
    ({ files }) => Object.keys(files).forEach((name) => delete files[name]),
    ({ routes, wanted }) => (routes[`/v1/bulletins/${wanted.epoch}`] = async () => ({ index: "../secret" })),
    ({ routes, wanted }) => (routes[`/v1/bulletins/${wanted.epoch}`] = async () => ({})),
    ({ wanted }) => (wanted.kind = "personal"),
    ({ wanted }) => (wanted.epoch = -1),
    ({ wanted }) => (wanted.seconds = "a day"),
  ]) {
    const made = await world();
    change(made);
    await rejects("unavailable", made.device.login("1234", code));
    assert.equal(made.records.permit, undefined);
  }
});
