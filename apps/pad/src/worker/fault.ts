// Why something did not work, thrown inside the worker. What crosses to the page is `PadFailure`.

import type { Failure, PadFailure } from "../types";

export class Fault extends Error {
  readonly sent: PadFailure;

  constructor(failure: Failure, more: Omit<PadFailure, "failure"> = {}) {
    super(failure);
    this.name = "Fault";
    this.sent = { failure, ...more };
  }
}

/** What the page is told: no text of an error, which could have anything in it. */
export function sent(error: unknown): PadFailure {
  return error instanceof Fault ? error.sent : { failure: "internal" };
}
