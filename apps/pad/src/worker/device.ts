// What a device does: it enrols, logs in, changes its PIN, and forgets. Two tabs are one device: what reads the cookie holds
// the device's lock until the next cookie is kept.

import type { DeviceState, Purpose } from "../types";
import type { Bytes } from "./bytes";
import { equal, fromText, toText } from "./bytes";
import { Fault } from "./fault";
import type { Service } from "./http";
import { bytes, isForm, text } from "./http";
import { DOMAIN, ENROLMENT } from "./kept";
import type { Challenge, Enrolled } from "./kept";
import type { Module } from "./modules";
import { seed } from "./modules";
import type { Owner } from "./permits";
import type { Store } from "./store";

/** What stands around a device; tests have their own. */
export interface World {
  store: Store;
  login: Service;
  modules: { login(): Promise<Module> };
  /** A device that is enrolled by a code. */
  enrol(asked: { code: string; pin: string }, challenge: () => Promise<Challenge>): Promise<Enrolled>;
  /** The permit that a challenge asks for. */
  permit(wanted: unknown, owner: Owner): Promise<Bytes>;
  /** Nobody else with the same device is between two of these. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

/** What is kept of a device that is enrolled: everything but the PIN. */
interface Device extends Enrolled {
  pinLength: number;
}

const DEVICE = "device";
/** For how long a challenge that was fetched ahead is answered, in milliseconds: services take them for two minutes. */
const AHEAD = 30_000;
const FIELDS = ["token", "cookie", "server", "identity", "domain"] as const;

export class PadDevice {
  readonly #world: World;
  /** A challenge that nobody has answered yet. */
  #ahead: { at: number; challenge: Promise<Challenge> } | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  async state(): Promise<DeviceState> {
    const device = await this.#kept();
    if (device === undefined) return { kind: "none" };
    return { kind: "enrolled", user: device.user, pinLength: device.pinLength };
  }

  enrol(asked: { code: string; pin: string }): Promise<DeviceState> {
    if (!isPin(asked.pin)) throw new Fault("wrong-pin");
    return this.#world.alone(async () => {
      const enrolled = await this.#world.enrol(asked, () => this.#challenge());
      await this.#keep({ ...enrolled, pinLength: asked.pin.length });
      await this.#world.store.delete(ENROLMENT);
      return { kind: "enrolled", user: enrolled.user, pinLength: asked.pin.length };
    });
  }

  /** A login is one round trip then: the challenge is there, and the permit of the day, if it takes one. */
  async prepare(): Promise<void> {
    if (this.#isAhead()) return;
    const ahead = { at: Date.now(), challenge: this.#challenge() };
    this.#ahead = ahead;
    try {
      const [device, { permit }] = await Promise.all([this.#kept(), ahead.challenge, this.#world.modules.login()]);
      if (device !== undefined && permit !== undefined) await this.#world.permit(permit, device);
    } catch {
      // The login asks again, and says what is wrong.
      if (this.#ahead === ahead) this.#ahead = undefined;
    }
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
    const permit = challenge.permit === undefined ? new Uint8Array() : await this.#world.permit(challenge.permit, device);
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
  async #nextChallenge(): Promise<Challenge> {
    const ahead = this.#isAhead() ? this.#ahead?.challenge : undefined;
    this.#ahead = undefined;
    return (await ahead?.catch(() => undefined)) ?? this.#challenge();
  }

  async #challenge(): Promise<Challenge> {
    const answer = await this.#world.login.ask({ path: "/v1/challenge", repeatable: true, refused: "unavailable" });
    const domain = bytes(answer, "domain");
    if (domain.length !== DOMAIN) throw new Fault("unavailable");
    const [challenge, server] = [bytes(answer, "challenge"), bytes(answer, "server")];
    return { challenge, domain, server, permit: answer["permit"] };
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
