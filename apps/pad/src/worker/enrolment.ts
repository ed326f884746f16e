// How a device is enrolled. A script of its own, which the worker loads when somebody has a code.

import type { Failure } from "../types";
import type { Bytes } from "./bytes";
import { fromText, toText } from "./bytes";
import { Fault } from "./fault";
import type { Service } from "./http";
import { bytes, isForm, parsed, text } from "./http";
import { DOMAIN, ENROLMENT } from "./kept";
import type { Challenge, Enrolled } from "./kept";
import type { Module, Piece } from "./modules";
import { seed } from "./modules";
import type { Store } from "./store";

/** What stands around an enrolment; tests have their own. */
export interface EnrolWorld {
  store: Store;
  registrar: Pick<Service, "ask">;
  modules: { login(): Promise<Module>; enrol(): Promise<Module> };
}

export type Enrol = (
  world: EnrolWorld,
  asked: { code: string; pin: string },
  challenge: () => Promise<Challenge>,
) => Promise<Enrolled>;

/**
 * The key of the enrolment is kept before anything is asked for, and lives until the device is enrolled: whatever is lost on the
 * way, the same code is asked about again with the same key, and means the same device.
 */
export const enrol: Enrol = async (world, { code, pin }, challenge) => {
  const module = await world.modules.enrol();
  const started = await start(world, module, code);
  const client = { client: toText(started.client), by: { code } };
  const grant = bytes(await ask(world, "/v1/enrolments", client, "bad-code"), "grant");
  const [{ domain, server }, shares, letter] = await Promise.all([
    challenge(),
    sharesOf(world, grant),
    // Whoever lost an answer after the first login has to begin again, with another code.
    ask(world, "/v1/devices", { grant: toText(grant) }, "bad-code"),
  ]);
  const about = await world.registrar.ask({ path: "/v1/registrar", repeatable: true, refused: "unavailable" });
  const token = module.call(
    "finish",
    { raw: started.key },
    { digits: pin },
    { raw: domain },
    { string: bytes(about, "domain") },
    { string: grant },
    ...shares,
  );
  const sealed = bytes(letter, "sealed");
  const said = module.call("open_letter", { raw: started.key }, { string: grant }, { string: sealed });
  const first = parsed(new TextDecoder().decode(said));
  if (!isForm(first)) throw new Fault("unavailable");
  const [cookie, user] = [bytes(first, "cookie"), text(first, "user")];
  // What the token says, whatever was said of it.
  const identity = (await world.modules.login()).call("look", { string: token }).slice(1 + DOMAIN);
  return { token, cookie, server, identity, domain, user };
};

/** The key of this code's enrolment. Another code may be for somebody else, and gets another. */
async function start({ store }: EnrolWorld, module: Module, code: string): Promise<{ key: Bytes; client: Bytes }> {
  const hash = toText(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(code))));
  const kept = await store.get(ENROLMENT);
  const key = isForm(kept) && kept["code"] === hash ? fromText(kept["key"]) : undefined;
  if (key !== undefined) return { key, client: module.call("public", { raw: key }) };
  const both = module.call("begin", seed());
  const started = { key: both.slice(0, 32), client: both.slice(32) };
  await store.put(ENROLMENT, { key: toText(started.key), code: hash });
  return started;
}

async function sharesOf(world: EnrolWorld, grant: Bytes): Promise<Piece[]> {
  const { shares } = await ask(world, "/v1/shares", { grant: toText(grant) }, "unavailable");
  if (!Array.isArray(shares)) throw new Fault("unavailable");
  return shares.filter(isForm).flatMap((share): Piece[] => {
    const authority = share["authority"];
    return typeof authority === "number" ? [{ u16: authority }, { string: bytes(share, "sealed") }] : [];
  });
}

/** All of these are the same when they are asked for again with the same key. */
function ask({ registrar }: EnrolWorld, path: string, body: unknown, refused: Failure): Promise<Record<string, unknown>> {
  return registrar.ask({ path, body, repeatable: true, refused });
}
