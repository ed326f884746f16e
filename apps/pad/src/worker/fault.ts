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

/**
 * What the page is told: no text of an error, which could have anything in it. By its name, as scripts that are loaded later have a
 * class of their own.
 */
export function sent(error: unknown): PadFailure {
  return error instanceof Error && error.name === "Fault" ? (error as Fault).sent : { failure: "internal" };
}
