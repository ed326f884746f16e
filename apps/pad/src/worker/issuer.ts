// A tenant of a token service, as it is asked over HTTP. Each question that fails on its way is asked again, the same.

import type { TokensFailure } from "../types";
import type { Bytes } from "./bytes";
import { octets, sleep } from "./fetching";

const TRIES = 3;
/** Longest pause before a question is asked again, in milliseconds. */
const PAUSE_MAX = 2_000;
/** What a schedule of ristretto255 takes at most, and more than any answer to a request of 200 tokens. */
const LONGEST = 0xffff;

/** The service's no, or its silence. */
export class TenantFault extends Error {
  readonly failure: TokensFailure;
  readonly retryAfter: number | undefined;
  /** Whether the same request will never be answered. */
  readonly final: boolean;

  constructor(failure: TokensFailure, { final = false, retryAfter }: { final?: boolean; retryAfter?: number | undefined } = {}) {
    super(failure);
    this.name = "TenantFault";
    [this.failure, this.final, this.retryAfter] = [failure, final, retryAfter];
  }
}

export class Tenant {
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  /** The signed schedule. */
  schedule(): Promise<Bytes> {
    return this.#ask("/schedule", {});
  }

  /** The answer to a request of whoever the bearer token names: the same each time, and charged once. */
  issue(bearer: string, request: Bytes): Promise<Bytes> {
    const headers = { "Content-Type": "application/octet-stream", Authorization: `Bearer ${bearer}` };
    return this.#ask("/issue", { method: "POST", headers, body: request });
  }

  async #ask(path: string, how: RequestInit): Promise<Bytes> {
    for (let tried = 1; ; tried += 1) {
      let pause = 250 * tried;
      let fault: TenantFault;
      try {
        // No cookie of the site: the bearer token alone says who asks.
        const answer = await octets(this.#base + path, { ...how, credentials: "omit" }, LONGEST);
        if ("bytes" in answer) return answer.bytes;
        fault = faultOf(answer.status, answer.retryAfter);
        pause = (answer.retryAfter ?? 1) * 1000;
      } catch {
        fault = new TenantFault("offline");
      }
      const passes = fault.failure === "offline" || fault.failure === "unavailable";
      if (!passes || tried >= TRIES || pause > PAUSE_MAX) throw fault;
      await sleep(pause);
    }
  }
}

function faultOf(status: number, retryAfter: number | undefined): TenantFault {
  switch (status) {
    case 401:
      return new TenantFault("unauthorized");
    case 403:
      // More than this user may draw now.
      return new TenantFault("refused", { final: true });
    case 409:
      return new TenantFault("closed", { final: true });
    case 400:
    case 413:
      return new TenantFault("internal", { final: true });
    default:
      return new TenantFault(status >= 500 || status === 429 ? "unavailable" : "internal", { retryAfter });
  }
}
