// What the pages and the element ask of the worker. It holds the token, and does everything that needs a PIN.

import { fileAddress } from "./here";
import type { Answered, Asked, Config, DeviceState, Failure, PadClient, PadFailure } from "./types";

export type { Config, DeviceState, Failure, PadClient, PadFailure, Purpose } from "./types";

export class PadError extends Error implements PadFailure {
  readonly failure: Failure;
  readonly left?: number;
  readonly retryAfter?: number;

  constructor({ failure, left, retryAfter }: PadFailure) {
    super(failure);
    this.name = "PadError";
    this.failure = failure;
    if (left !== undefined) this.left = left;
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
  }
}

/** Starts the worker, which loads the cryptography ahead of the first login. */
export function connect(config: Config): PadClient {
  const worker = new Worker(fileAddress(WORKER_FILE), { name: "milagro-pad" });
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: PadError) => void }>();
  let last = 0;

  const abandon = () => {
    for (const { reject } of waiting.values()) reject(new PadError({ failure: "internal" }));
    waiting.clear();
  };
  worker.addEventListener("error", abandon);
  worker.addEventListener("messageerror", abandon);
  worker.addEventListener("message", ({ data }: MessageEvent<Answered>) => {
    const asked = waiting.get(data.id);
    waiting.delete(data.id);
    if ("fault" in data) asked?.reject(new PadError(data.fault));
    else asked?.resolve(data.value as never);
  });
  const base = (url: string) => new URL(url, location.href).href.replace(/\/$/, "");
  worker.postMessage({ login: base(config.login || "/"), registrar: base(config.registrar) } satisfies Config);

  const ask = <T>(method: keyof PadClient, ...args: unknown[]): Promise<T> =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      worker.postMessage({ id: last, method, args } satisfies Asked);
    });
  return {
    state: () => ask("state"),
    enrol: async (what) => {
      const state = await ask<DeviceState>("enrol", what);
      // A token that the browser throws away when its disk is full is a device less. Whatever it answers.
      navigator.storage?.persist?.().catch(() => false);
      return state;
    },
    login: (pin, purpose) => ask("login", pin, purpose),
    changePin: (old, next) => ask("changePin", old, next),
    forget: () => ask("forget"),
    lookHandOff: (number) => ask("lookHandOff", number),
  };
}
