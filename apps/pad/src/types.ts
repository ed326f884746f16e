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
  | "refused"
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
  /** Where the files of bulletins are, for services that ask for permits: without one, in `bulletins` beside the login service. */
  bulletins?: string;
}

export interface PadClient {
  state(): Promise<DeviceState>;
  /** An activation code of the registrar, and the PIN that the device is to have. */
  enrol(what: { code: string; pin: string }): Promise<DeviceState>;
  /** Fetches ahead what a login needs, once somebody has begun to type. What it cannot fetch, the login asks for again. */
  prepare(): Promise<void>;
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
  method: string;
  args: unknown[];
}

/** A tenant of a token service, and how its schedule is known to be everybody's: by its signer, or by its digest. */
export interface TokensConfig {
  /** Its base URL or path, such as "/tokens/v1/weather". */
  service: string;
  /** The name that redemptions are bound to. */
  redeemer: string;
  /** The public key of whoever signs the schedule, in base64url: editions only go forward. */
  signer?: string;
  /** The digest of the one schedule that is taken, in base64url. */
  digest?: string;
  /** With fewer tokens than this, 10 unless said otherwise, a refill draws more. */
  low?: number;
  /** So many tokens of the present key, 50 unless said otherwise and 200 at most, there are then. */
  full?: number;
}

/** A redemption as the service takes it in JSON; all of it in base64url. It buys its payload once, however often it is sent. */
export interface Redemption {
  request: string;
  context: string;
  payload: string;
}

export interface TokensClient {
  /**
   * Follows the schedule, takes what an earlier request still waits for, and draws more tokens if there are few. To be called
   * now and then, at times that have nothing to do with spending, with a bearer token that says who the user is.
   */
  refill(bearer: string): Promise<{ have: number; drawn: number }>;
  /** Takes a token out for good, and spends one use of it on a payload. */
  take(what: { context?: Uint8Array; payload: Uint8Array }): Promise<Redemption>;
  /** How many tokens of the present key there are, of which some may have several uses. */
  have(): Promise<number>;
}

export type TokensFailure =
  | "empty"
  | "closed"
  | "not-pinned"
  | "other-key"
  | "refused"
  | "unauthorized"
  | "offline"
  | "unavailable"
  | "storage"
  | "internal";

export interface TokensFault {
  failure: TokensFailure;
  /** Seconds after which it is worth trying again. */
  retryAfter?: number;
}
