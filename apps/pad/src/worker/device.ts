// What a device does: it enrols, logs in, changes its PIN, and forgets. Two tabs are one device: what reads the cookie holds
// the device's lock until the next cookie is kept.

import type { DeviceState, Failure, Purpose } from "../types";
import type { Bytes } from "./bytes";
import { equal, fromText, toText } from "./bytes";
import { Fault } from "./fault";
import type { Files, Service } from "./http";
import { bytes, isForm, parsed, text } from "./http";
import type { Module, Piece } from "./modules";
import { seed } from "./modules";
import type { Wanted } from "./permits";
import { Permits, wantedOf } from "./permits";
import type { Store } from "./store";

/** What stands around a device; tests have their own. */
export interface World {
  store: Store;
  login: Service;
  registrar: Service;
  bulletins: Pick<Files, "get">;
  modules: { login(): Promise<Module>; enrol(): Promise<Module>; permits(): Promise<Module> };
  /** Nobody else with the same device is between two of these. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

/** What is kept of a device that is enrolled: everything but the PIN. */
interface Device {
  token: Bytes;
  /** The device cookie of the login service. */
  cookie: Bytes;
  /** The server that the device was enrolled for: none but it is answered. */
  server: Bytes;
  identity: Bytes;
  domain: Bytes;
  user: string;
  pinLength: number;
}

const DEVICE = "device";
const ENROLMENT = "enrolment";
const DOMAIN = 32;
/** For how long a challenge that was fetched ahead is answered, in milliseconds: services take them for two minutes. */
const AHEAD = 30_000;
const FIELDS = ["token", "cookie", "server", "identity", "domain"] as const;

/** What a login has to answer, and to bring. */
interface Challenge {
  challenge: Bytes;
  domain: Bytes;
  server: Bytes;
  permit: Wanted | undefined;
}

export class PadDevice {
  readonly #world: World;
  readonly #permits: Permits;
  /** A challenge that nobody has answered yet. */
  #ahead: { at: number; challenge: Challenge } | undefined;

  constructor(world: World) {
    this.#world = world;
    this.#permits = new Permits(world);
  }

  async state(): Promise<DeviceState> {
    const device = await this.#kept();
    if (device === undefined) return { kind: "none" };
    return { kind: "enrolled", user: device.user, pinLength: device.pinLength };
  }

  /**
   * The key of the enrolment is kept before anything is asked for, and lives until the device is enrolled: whatever is lost
   * on the way, the same code is asked about again with the same key, and means the same device.
   */
  enrol({ code, pin }: { code: string; pin: string }): Promise<DeviceState> {
    if (!isPin(pin)) throw new Fault("wrong-pin");
    return this.#world.alone(async () => {
      const module = await this.#world.modules.enrol();
      const started = await this.#start(module, code);
      const grant = await this.#granted(started, code);
      const [{ domain, server }, shares, letter] = await Promise.all([
        this.#challenge(),
        this.#shares(grant),
        // Whoever lost an answer after the first login has to begin again, with another code.
        this.#fromRegistrar("/v1/devices", { grant: toText(grant) }, "bad-code"),
      ]);
      const about = await this.#world.registrar.ask({ path: "/v1/registrar", repeatable: true, refused: "unavailable" });
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
      const identity = (await this.#world.modules.login()).call("look", { string: token }).slice(1 + DOMAIN);
      await this.#keep({ token, cookie, server, identity, domain, user, pinLength: pin.length });
      await this.#world.store.delete(ENROLMENT);
      return { kind: "enrolled", user, pinLength: pin.length };
    });
  }

  /** The key of this code's enrolment. Another code may be for somebody else, and gets another. */
  async #start(module: Module, code: string): Promise<{ key: Bytes; client: Bytes }> {
    const hash = toText(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(code))));
    const kept = await this.#world.store.get(ENROLMENT);
    const key = isForm(kept) && kept["code"] === hash ? fromText(kept["key"]) : undefined;
    if (key !== undefined) return { key, client: module.call("public", { raw: key }) };
    const both = module.call("begin", seed());
    const started = { key: both.slice(0, 32), client: both.slice(32) };
    await this.#world.store.put(ENROLMENT, { key: toText(started.key), code: hash });
    return started;
  }

  async #granted({ client }: { client: Bytes }, code: string): Promise<Bytes> {
    const said = await this.#fromRegistrar("/v1/enrolments", { client: toText(client), by: { code } }, "bad-code");
    return bytes(said, "grant");
  }

  async #shares(grant: Bytes): Promise<Piece[]> {
    const { shares } = await this.#fromRegistrar("/v1/shares", { grant: toText(grant) }, "unavailable");
    if (!Array.isArray(shares)) throw new Fault("unavailable");
    return shares.filter(isForm).flatMap((share): Piece[] => {
      const authority = share["authority"];
      return typeof authority === "number" ? [{ u16: authority }, { string: bytes(share, "sealed") }] : [];
    });
  }

  /** All of these are the same when they are asked for again with the same key. */
  #fromRegistrar(path: string, body: unknown, refused: Failure): Promise<Record<string, unknown>> {
    return this.#world.registrar.ask({ path, body, repeatable: true, refused });
  }

  /** A login is one round trip then: the challenge is there, and the permit of the day, if it takes one. */
  async prepare(): Promise<void> {
    if (this.#isAhead()) return;
    const at = Date.now();
    const [device, challenge] = await Promise.all([this.#kept(), this.#challenge(), this.#world.modules.login()]);
    this.#ahead = { at, challenge };
    if (device !== undefined && challenge.permit !== undefined) await this.#permits.get(challenge.permit, device);
  }

  login(pin: string, purpose: Purpose): Promise<{ user: string; code?: string }> {
    return this.#world.alone(async () => (await this.#logIn(pin, purpose)).answer);
  }

  changePin(old: string, next: string): Promise<void> {
    if (!isPin(next)) throw new Fault("wrong-pin");
    return this.#world.alone(async () => {
      // With a wrong old PIN the token would get one that nobody knows.
      const { device } = await this.#logIn(old, { for: "session" });
      const module = await this.#world.modules.login();
      const token = module.call("change_pin", { string: device.token }, { digits: old }, { digits: next });
      await this.#keep({ ...device, token, pinLength: next.length });
    });
  }

  forget(): Promise<void> {
    return this.#world.alone(() => this.#world.store.clear());
  }

  async lookHandOff(number: string): Promise<{ origin: string; client: string }> {
    const { identity, cookie } = await this.#enrolled();
    const body = { number, identity: toText(identity), cookie: toText(cookie) };
    const answer = await this.#world.login.ask({
      path: "/v1/handoffs/look",
      body,
      repeatable: false,
      refused: "bad-code",
    });
    return { origin: text(answer, "origin"), client: text(answer, "client") };
  }

  async #logIn(pin: string, purpose: Purpose) {
    const device = await this.#enrolled();
    // A PIN of another length is wrong, and costs no attempt.
    if (!isPin(pin) || pin.length !== device.pinLength) throw new Fault("wrong-pin");
    const { login, modules } = this.#world;
    const [module, challenge] = await Promise.all([modules.login(), this.#nextChallenge()]);
    if (!equal(challenge.domain, device.domain) || !equal(challenge.server, device.server)) {
      throw new Fault("unknown-device");
    }
    const permit = challenge.permit === undefined ? new Uint8Array() : await this.#permits.get(challenge.permit, device);
    const proof = module.call(
      "answer",
      seed(),
      { string: device.token },
      { digits: pin },
      { raw: challenge.domain },
      { string: challenge.server },
      { raw: challenge.challenge },
      { string: permit },
    );
    const body = { proof: toText(proof), cookie: toText(device.cookie), purpose };
    // The proof counts once: what was sent is not sent again.
    const said = await login.ask({ path: "/v1/login", body, repeatable: false, refused: "wrong-pin" });
    const next: Device = { ...device, cookie: bytes(said, "cookie"), user: text(said, "user") };
    await this.#keep(next).catch(() => undefined); // the one before is good until the next one is presented
    const answer: { user: string; code?: string } = { user: next.user };
    if (said["code"] !== undefined) answer.code = text(said, "code");
    return { device: next, answer };
  }

  #isAhead(): boolean {
    const age = this.#ahead === undefined ? -1 : Date.now() - this.#ahead.at;
    return age >= 0 && age < AHEAD;
  }

  /** The one that was fetched ahead, once, or another. */
  #nextChallenge(): Challenge | Promise<Challenge> {
    const ahead = this.#isAhead() ? this.#ahead?.challenge : undefined;
    this.#ahead = undefined;
    return ahead ?? this.#challenge();
  }

  async #challenge(): Promise<Challenge> {
    const answer = await this.#world.login.ask({ path: "/v1/challenge", repeatable: true, refused: "unavailable" });
    const domain = bytes(answer, "domain");
    if (domain.length !== DOMAIN) throw new Fault("unavailable");
    const [challenge, server] = [bytes(answer, "challenge"), bytes(answer, "server")];
    return { challenge, domain, server, permit: wantedOf(answer["permit"]) };
  }

  async #enrolled(): Promise<Device> {
    const device = await this.#kept();
    if (device === undefined) throw new Fault("unknown-device");
    return device;
  }

  async #kept(): Promise<Device | undefined> {
    const kept = await this.#world.store.get(DEVICE);
    if (kept === undefined) return undefined;
    const { user, pinLength, ...texts } = isForm(kept) ? kept : {};
    const [token, cookie, server, identity, domain] = FIELDS.map((field) => fromText(texts[field]));
    if (!token || !cookie || !server || !identity || !domain) throw new Fault("storage");
    if (typeof user !== "string" || typeof pinLength !== "number") throw new Fault("storage");
    return { token, cookie, server, identity, domain, user, pinLength };
  }

  #keep({ user, pinLength, ...device }: Device): Promise<void> {
    const texts = FIELDS.map((field) => [field, toText(device[field])]);
    return this.#world.store.put(DEVICE, { ...Object.fromEntries(texts), user, pinLength });
  }
}

function isPin(pin: string): boolean {
  return /^[0-9]{4,6}$/.test(pin);
}
