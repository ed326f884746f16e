// What the pages and the element ask of the worker, and what crosses between the two.

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
