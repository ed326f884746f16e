// What the pages and the element ask of the worker. It holds the token, and does everything that needs a PIN.

import { fileAddress } from "./here.js";

export type DeviceState = { kind: "none" } | { kind: "enrolled"; user: string; pinLength: number };

export type Purpose =
  | { for: "session" }
  | { for: "code"; client: string; origin: string }
  | { for: "hand-off"; number: string; origin: string };

export type Failure =
  | "wrong-pin"
  | "locked"
  | "frozen"
  | "unknown-device"
  | "revoked"
  | "bad-code"
  | "offline"
  | "unavailable"
  | "clock"
  | "storage"
  | "internal";

export interface PadFailure {
  failure: Failure;
  /** How many attempts are left under this cookie, where the service says so. */
  left?: number;
  /** Seconds after which it is worth trying again. */
  retryAfter?: number;
}

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

/** Base URLs or paths, without a slash at the end; the login service's own pages have { login: "", registrar: "/registrar" }. */
export interface Config {
  login: string;
  registrar: string;
}

export interface PadClient {
  state(): Promise<DeviceState>;
  /** An activation code of the registrar, and the PIN that the device is to have. */
  enrol(what: { code: string; pin: string }): Promise<DeviceState>;
  login(pin: string, purpose: Purpose): Promise<{ user: string; code?: string }>;
  /** Logs in with the old one first, as nothing else can tell that it is right. */
  changePin(old: string, next: string): Promise<void>;
  /** Deletes all that this device knows. */
  forget(): Promise<void>;
  lookHandOff(number: string): Promise<{ origin: string; client: string }>;
}

/** A request to the worker: which method, with which arguments. */
export interface Asked {
  id: number;
  method: keyof PadClient;
  args: unknown[];
}

/** Its answer: a value, or why there is none. */
export type Answered = { id: number } & ({ value: unknown } | { fault: PadFailure });

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
    enrol: (what) => ask("enrol", what),
    login: (pin, purpose) => ask("login", pin, purpose),
    changePin: (old, next) => ask("changePin", old, next),
    forget: () => ask("forget"),
    lookHandOff: (number) => ask("lookHandOff", number),
  };
}
