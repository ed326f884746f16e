// What the pages and the element ask of the worker. It holds the token, and does everything that needs a PIN.

import { asking, base } from "./asking";
import type { Config, DeviceState, Failure, PadClient, PadFailure } from "./types";

export { tokens, TokensError } from "./tokens";
export type { Config, DeviceState, Failure, PadClient, PadFailure, Purpose, TokensClient, TokensConfig } from "./types";

export class PadError extends Error implements PadFailure {
  declare readonly failure: Failure;
  declare readonly left?: number;
  declare readonly retryAfter?: number;

  constructor(fault: PadFailure) {
    super(fault.failure);
    Object.assign(this, fault, { name: "PadError" });
  }
}

/** Starts the worker, which loads the cryptography ahead of the first login. */
export function connect(config: Config): PadClient {
  const login = base(config.login || "/");
  const own: Required<Config> = {
    login,
    registrar: base(config.registrar),
    bulletins: base(config.bulletins ?? `${login}/bulletins`),
  };
  const ask = asking<PadFailure>(WORKER_FILE, own, (fault) => new PadError(fault ?? { failure: "internal" }));
  return {
    state: () => ask("state"),
    enrol: async (what) => {
      const state = await ask<DeviceState>("enrol", what);
      // A token that the browser throws away when its disk is full is a device less. Whatever it answers.
      navigator.storage?.persist?.().catch(() => false);
      return state;
    },
    prepare: () => ask("prepare"),
    login: (pin, purpose) => ask("login", pin, purpose),
    changePin: (old, next) => ask("changePin", old, next),
    forget: () => ask("forget"),
    lookHandOff: (number) => ask("lookHandOff", number),
  };
}
