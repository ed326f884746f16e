// The worker: takes questions of the page, and holds everything that a page must not.

import type { Answered, Asked, Config } from "../types";
import { PadDevice } from "./device";
import { sent } from "./fault";
import { Service } from "./http";
import { Module } from "./modules";
import { IndexedStore } from "./store";

declare const self: DedicatedWorkerGlobalScope;

/** Loads once; after a failure the next one who asks tries again. */
function lazily(file: string): () => Promise<Module> {
  let loaded: Promise<Module> | undefined;
  return () => {
    loaded ??= Module.load(new URL(file, self.location.href)).catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
}

function begin({ login, registrar }: Config): PadDevice {
  const modules = { login: lazily(LOGIN_FILE), enrol: lazily(ENROL_FILE) };
  // Ahead of the first login.
  modules.login().catch(() => undefined);
  return new PadDevice({
    store: new IndexedStore(),
    login: new Service(login),
    registrar: new Service(registrar),
    modules,
    alone: (work) => self.navigator.locks.request("milagro-pad", work),
  });
}

/** Only these are asked for, whatever a message says. */
function run(device: PadDevice, { method, args }: Asked): Promise<unknown> {
  const [first, second] = args;
  switch (method) {
    case "state":
      return device.state();
    case "enrol":
      return device.enrol(first as Parameters<PadDevice["enrol"]>[0]);
    case "login":
      return device.login(first as string, second as Parameters<PadDevice["login"]>[1]);
    case "changePin":
      return device.changePin(first as string, second as string);
    case "forget":
      return device.forget();
    case "lookHandOff":
      return device.lookHandOff(first as string);
  }
}

let device: PadDevice | undefined;

self.addEventListener("message", ({ data }: MessageEvent<Config | Asked>) => {
  if (!("id" in data)) {
    device = begin(data);
    return;
  }
  const { id } = data;
  const answer = (answered: Answered) => self.postMessage(answered);
  const asked = device === undefined ? Promise.reject(new Error("not configured")) : attempt(device, data);
  asked.then(
    (value) => answer({ id, value }),
    (error: unknown) => answer({ id, fault: sent(error) }),
  );
});

async function attempt(device: PadDevice, asked: Asked): Promise<unknown> {
  return run(device, asked);
}
