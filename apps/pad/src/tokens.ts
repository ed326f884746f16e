// What a page asks of the wallet: to be filled by a user who is known, and to be spent from by nobody in particular.

import { type Ask, asking, base } from "./asking";
import type { Redemption, TokensClient, TokensConfig, TokensFailure, TokensFault } from "./types";

export type { Redemption, TokensClient, TokensConfig, TokensFailure } from "./types";

export class TokensError extends Error implements TokensFault {
  readonly failure: TokensFailure;
  readonly retryAfter?: number;

  constructor({ failure, retryAfter }: TokensFault) {
    super(failure);
    this.name = "TokensError";
    this.failure = failure;
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
  }
}

/** Starts the worker that keeps the wallet. */
export function tokens(config: TokensConfig): TokensClient {
  const own: TokensConfig = { ...config, service: base(config.service) };
  const ask: Ask = asking<TokensFault>(WALLET_FILE, own, (fault) => new TokensError(fault ?? { failure: "internal" }));
  return {
    refill: (bearer) => ask("refill", bearer),
    take: (what) => ask<Redemption>("take", what),
    have: () => ask("have"),
  };
}
