// A wallet at the token service as it is run. `MILAGRO` is the program.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { built, source } from "./bundle.mjs";

const { Module, Tenant, Wallet, tokensFailed, tokensSent } = await source("worker/testing.ts");
const module = await Module.from(await built("tokens.wasm"), tokensFailed);
const program = process.env.MILAGRO;
const now = () => Math.floor(Date.now() / 1000);
const text = (value) => Buffer.from(value).toString("base64url");

/** An OpenID provider: its keys, and tokens under them. */
function provider() {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwks = { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "one", use: "sig", alg: "ES256" }] };
  const bearer = (sub) => {
    const claims = { iss: "https://login.example", aud: "tokens", sub, exp: now() + 3600 };
    const said = [{ alg: "ES256", kid: "one" }, claims].map((part) => text(JSON.stringify(part))).join(".");
    const signature = sign("sha256", Buffer.from(said), { key: privateKey, dsaEncoding: "ieee-p1363" });
    return `${said}.${text(signature)}`;
  };
  return { jwks, bearer };
}

/** The service in a directory of its own, and the key of whoever signs its schedule. */
async function service(jwks) {
  const directory = mkdtempSync(join(tmpdir(), "milagro-wallet-"));
  after(() => rmSync(directory, { recursive: true }));
  const place = (name, content) => {
    writeFileSync(join(directory, name), content, { mode: 0o600 });
    return join(directory, name);
  };
  const config = place(
    "milagro.toml",
    `[tokens]
listen = "127.0.0.1:0"
provider = "https://login.example"
audience = "tokens"
jwks-file = "${place("jwks.json", JSON.stringify(jwks))}"

[[token-tenants]]
name = "weather"
redeemer = "weather.example"
epoch-seconds = 86400
leeway-seconds = 1
redeem-overlap-seconds = 3600
uses = 2
quota = 30
quota-seconds = 86400
`,
  );
  const env = { MILAGRO_DATA: join(directory, "data"), MILAGRO_KEY_FILE: place("key", text(randomBytes(32))) };
  const run = (...args) => {
    const { status, stdout, stderr } = spawnSync(program, [...args, "--config", config], { env, encoding: "utf8" });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  run("init", "--at-once");
  const said = run("tokens", "init");
  const signer = /"signer":\s*"([\w-]+)"/.exec(said)?.[1];
  assert.ok(signer, said);
  const child = spawn(program, ["tokens", "serve", "--config", config], { env, stdio: ["ignore", "pipe", "inherit"] });
  after(() => child.kill());
  for await (const line of createInterface({ input: child.stdout })) {
    return { address: `${line.trim()}/v1/weather`, signer };
  }
  throw new Error("the service has ended");
}

/** A store that keeps copies, as the real one does. */
function wallet(address, signer) {
  const records = {};
  const store = {
    get: async (name) => structuredClone(records[name]),
    put: async (name, value) => {
      records[name] = structuredClone(value);
    },
  };
  let before = Promise.resolve();
  const alone = (work) => (before = before.catch(() => undefined).then(work));
  const config = { service: address, redeemer: "weather.example", signer, low: 5, full: 10 };
  return new Wallet(config, { store, tenant: new Tenant(address), module: async () => module, alone, now });
}

async function redeem(address, ...redemptions) {
  const answer = await fetch(`${address}/redeem`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ redemptions }),
  });
  return (await answer.json()).outcomes;
}

const fails = (failure, promise) => assert.rejects(promise, (error) => tokensSent(error).failure === failure);

test("a wallet at the running service", { skip: program ? false : "MILAGRO names no program" }, async () => {
  const { jwks, bearer } = provider();
  const { address, signer } = await service(jwks);
  const anns = wallet(address, signer);
  // The first of all keys opens a minute and the leeway later, while the other tests run.
  const open = async () => anns.refill(bearer("ann")).catch((error) => tokensSent(error).failure);
  let filled = await open();
  for (let tried = 0; filled === "closed" && tried < 90; tried += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    filled = await open();
  }
  assert.deepEqual(filled, { have: 10, drawn: 10 });
  await fails("unauthorized", wallet(address, signer).refill("a.b.c"));
  const payload = new TextEncoder().encode("rain at 06:00");
  const taken = [];
  for (let use = 0; use < 20; use += 1) taken.push(await anns.take({ payload }));
  assert.deepEqual(await redeem(address, ...taken), taken.map(() => "spent"));
  assert.deepEqual(await redeem(address, ...taken), taken.map(() => "again"));
  const other = { ...taken[0], payload: text("snow") };
  assert.deepEqual(await redeem(address, other), ["refused"]);
  await fails("empty", anns.take({ payload }));
  // A quota of thirty in a day: ten more, and ten more, and no more.
  for (const drawn of [10, 10]) {
    assert.equal((await anns.refill(bearer("ann"))).drawn, drawn);
    for (let use = 0; use < 20; use += 1) await anns.take({ payload });
  }
  await fails("refused", anns.refill(bearer("ann")));
  assert.deepEqual(await wallet(address, signer).refill(bearer("bob")), { have: 10, drawn: 10 });
});
