// The worker: takes questions of the page, and holds everything that a page must not.

import type { Config } from "../types";
import { answering } from "./answering";
import { PadDevice } from "./device";
import { Fault, sent } from "./fault";
import { Service } from "./http";
import { lazily } from "./modules";
import type { Enrol, EnrolWorld } from "./enrolment";
import type { Permit, PermitWorld } from "./permits";
import { IndexedStore, WALLET_LOCK } from "./store";

declare const self: DedicatedWorkerGlobalScope;

/** The store of the device, beside whose records those of the wallet stand. */
class OwnStore extends IndexedStore {
  /** Not while somebody fills the wallet, or something would be kept under a key that is gone. */
  override clear(): Promise<void> {
    return self.navigator.locks.request(WALLET_LOCK, () => super.clear());
  }
}

/** A script that is needed seldom. */
function script<T>(file: string): Promise<T> {
  return import(new URL(file, self.location.href).href).catch(() => {
    throw new Fault("offline");
  });
}

function begin(config: Required<Config>): PadDevice {
  const modules = { login: lazily(LOGIN_FILE), enrol: lazily(ENROL_FILE) };
  // Ahead of the first login.
  modules.login().catch(() => undefined);
  const [store, registrar] = [new OwnStore(), new Service(config.registrar)];
  const enrolling: EnrolWorld = { store, registrar, modules };
  const permits: PermitWorld = { store, registrar, bulletins: config.bulletins, module: lazily(PERMITS_FILE) };
  return new PadDevice({
    store,
    login: new Service(config.login),
    modules,
    enrol: async (...asked) => (await script<{ enrol: Enrol }>(ENROL_SCRIPT)).enrol(enrolling, ...asked),
    permit: async (...asked) => (await script<{ permit: Permit }>(PERMITS_SCRIPT)).permit(permits, ...asked),
    alone: (work) => self.navigator.locks.request("milagro-pad", work),
  });
}

answering((config: Required<Config>) => {
  const device = begin(config);
  return async (method, args) => {
    const [first, second] = args;
    switch (method) {
      case "state":
        return device.state();
      case "enrol":
        return device.enrol(first as Parameters<PadDevice["enrol"]>[0]);
      case "prepare":
        return device.prepare();
      case "login":
        return device.login(first as string, second as Parameters<PadDevice["login"]>[1]);
      case "changePin":
        return device.changePin(first as string, second as string);
      case "forget":
        return device.forget();
      case "lookHandOff":
        return device.lookHandOff(first as string);
      default:
        throw new Error("no such method");
    }
  };
}, sent);
