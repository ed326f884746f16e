// The worker of the wallet: it holds the tokens, which are as good as what they buy.

import type { TokensConfig } from "../types";
import { answering } from "./answering";
import { Tenant } from "./issuer";
import { lazily } from "./modules";
import { IndexedStore, WALLET_LOCK } from "./store";
import { Wallet, tokensFailed, tokensSent } from "./wallet";

declare const self: DedicatedWorkerGlobalScope;

answering((config: TokensConfig) => {
  const wallet = new Wallet(config, {
    store: new IndexedStore(),
    tenant: new Tenant(config.service),
    module: lazily(TOKENS_FILE, tokensFailed),
    alone: (work) => self.navigator.locks.request(WALLET_LOCK, work),
    now: () => Math.floor(Date.now() / 1000),
  });
  return async (method, [first]) => {
    switch (method) {
      case "refill":
        return wallet.refill(first as string);
      case "take":
        return wallet.take(first as Parameters<Wallet["take"]>[0]);
      case "have":
        return wallet.have();
      default:
        throw new Error("no such method");
    }
  };
}, tokensSent);
