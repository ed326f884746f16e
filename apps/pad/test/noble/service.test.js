// A client without any code of the libraries logs in to the service as it is run. `MILAGRO` is the program.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";

import { concat, number, str, u8 } from "./bytes.js";
import { encode, mod, P, times } from "./curve.js";
import { pinFactor, split, unlock } from "./factors.js";
import { prove } from "./login.js";
import { device, domainId, identityPoint, serverPoint } from "./names.js";

const program = process.env.MILAGRO;
const SHOP = "https://shop.example";

const text = (bytes) => Buffer.from(bytes).toString("base64url");
const read = (value) => new Uint8Array(Buffer.from(value, "base64url"));
/** The generator of the operating system. */
const fresh = { draw: (length) => new Uint8Array(randomBytes(length)) };

/** An authority that is alone, its server, and a phone. */
function world() {
  const master = mod(number(fresh.draw(64)));
  const server = "login.example";
  const identity = device("shop", "alice", fresh.draw(16));
  const commitment = encode(times(P, master));
  const domain = domainId({ name: "example", protocol: "mpin", threshold: 1, authorities: 1, commitment });
  const secret = times(identityPoint(identity), master);
  const token = split({ domain, identity, secret, factors: [pinFactor("2580")] });
  const serverSecret = concat(u8(1), str(server), encode(times(serverPoint(server), master)));
  return { domain, server, identity, token, serverSecret };
}

const freePort = () =>
  new Promise((resolve) => {
    const listener = createServer().listen(0, "127.0.0.1", () => {
      const { port } = listener.address();
      listener.close(() => resolve(port));
    });
  });

/** The login service in a directory of its own. */
async function service({ domain, serverSecret }) {
  const directory = mkdtempSync(join(tmpdir(), "milagro-noble-"));
  after(() => rmSync(directory, { recursive: true }));
  const place = (name, content) => {
    writeFileSync(join(directory, name), content, { mode: 0o600 });
    return join(directory, name);
  };
  const admin = text(randomBytes(32));
  const env = { MILAGRO_DATA: join(directory, "data"), MILAGRO_KEY_FILE: place("key", text(randomBytes(32))) };
  const run = (...args) => {
    const { status, stderr } = spawnSync(program, args, { env, encoding: "utf8" });
    assert.equal(status, 0, stderr);
  };
  run("init", "--at-once");
  run("server-key", "--domain", text(domain), place("server.secret", text(serverSecret)));
  const port = await freePort();
  const listens = ["--listen", "127.0.0.1:0", "--admin-listen", `127.0.0.1:${port}`];
  const child = spawn(program, ["login", ...listens, "--admin-key-file", place("admin-key", admin)], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  after(() => child.kill());
  for await (const line of createInterface({ input: child.stdout })) {
    return { address: line.trim(), operator: `http://127.0.0.1:${port}`, admin };
  }
  throw new Error("the service has ended");
}

async function ask(method, url, body, authorization) {
  const headers = { "Content-Type": "application/json", ...(authorization && { Authorization: authorization }) };
  const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  return { status: answer.status, ...(await answer.json()) };
}

test("a login at the running service", { skip: program ? false : "MILAGRO names no program" }, async () => {
  const here = world();
  const { address, operator, admin } = await service(here);
  const by = `Bearer ${admin}`;
  const phone = { user: "alice", identity: text(here.identity) };
  const enrolled = await ask("POST", `${operator}/admin/v1/devices`, phone, by);
  const shop = await ask("PUT", `${operator}/admin/v1/clients/shop`, { origins: [SHOP] }, by);
  const purpose = { for: "code", client: "shop", origin: SHOP };

  const logIn = async (pin, cookie) => {
    const { challenge, domain, server } = await ask("GET", `${address}/v1/challenge`);
    assert.equal(domain, text(here.domain));
    assert.equal(server, text(Buffer.from(here.server)));
    const secret = unlock(here.token, [pinFactor(pin)]);
    const what = { ...here, secret, challenge: read(challenge) };
    const proof = text(prove("challenge", what, fresh).message);
    return { proof, answer: await ask("POST", `${address}/v1/login`, { proof, cookie, purpose }) };
  };

  const wrong = await logIn("2581", enrolled.cookie);
  assert.notEqual(wrong.answer.status, 200);
  assert.equal(wrong.answer.code, undefined);

  const right = await logIn("2580", enrolled.cookie);
  assert.equal(right.answer.status, 200, JSON.stringify(right.answer));
  assert.equal(right.answer.user, "alice");
  assert.notEqual(right.answer.cookie, enrolled.cookie);

  const credentials = `Basic ${Buffer.from(`shop:${shop.secret}`).toString("base64")}`;
  const code = { code: right.answer.code, origin: SHOP };
  const redeemed = await ask("POST", `${address}/v1/codes/redeem`, code, credentials);
  assert.equal(redeemed.user, "alice", JSON.stringify(redeemed));

  // The same proof again, and then a good one under the next cookie.
  const replay = { proof: right.proof, cookie: right.answer.cookie, purpose };
  assert.notEqual((await ask("POST", `${address}/v1/login`, replay)).status, 200);
  assert.equal((await logIn("2580", right.answer.cookie)).answer.status, 200);
});

