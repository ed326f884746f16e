// The wallet. What was drawn waits in it until it is spent; a token leaves it for good before anybody sees its redemption. Two
// tabs are one wallet: what reads it holds its lock until what comes of that is on the disk, and never longer, so that nobody who
// spends waits for a service.

import type { Redemption, TokensConfig, TokensFailure, TokensFault } from "../types";
import type { Bytes } from "./bytes";
import { fromText, toText } from "./bytes";
import { Fault } from "./fault";
import { isForm } from "./http";
import type { Tenant } from "./issuer";
import { TenantFault } from "./issuer";
import type { Module, Piece } from "./modules";
import { seed } from "./modules";
import type { Store } from "./store";

/** What stands around a wallet; tests have their own. */
export interface Around {
  store: Store;
  tenant: Pick<Tenant, "schedule" | "issue">;
  module(): Promise<Module>;
  /** Nobody else with the same wallet is between two of these. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** Seconds since 1970. */
  now(): number;
}

/** What is kept of a wallet; all of it may be empty. */
interface Kept {
  /** The edition that was seen last. */
  seen: Bytes;
  published: Bytes;
  /** What an answer is waited for with. */
  pending: Bytes;
  wallet: Bytes;
}

class WalletFault extends Error {
  readonly failure: TokensFailure;

  constructor(failure: TokensFailure) {
    super(failure);
    this.name = "WalletFault";
    this.failure = failure;
  }
}

const FIELDS = ["seen", "published", "pending", "wallet"] as const;
const NOTHING: Kept = { seen: none(), published: none(), pending: none(), wallet: none() };
/** Most tokens of the present key, and of all keys: a wallet has less than 64 KiB. */
const FULL = 200;
const MOST = 400;
/** Bytes of a token, of what a wallet begins with, of what an answer begins with, and of a token's part of it. */
const TOKEN = 133;
const HEAD = 5;
const ANSWER_HEAD = 65;
const ELEMENT = 32;

export class Wallet {
  readonly #around: Around;
  /** How the schedule is known. */
  readonly #known: Piece[];
  readonly #redeemer: Bytes;
  readonly #record: string;
  readonly #refill: { low: number; full: number };

  constructor(config: TokensConfig, around: Around) {
    this.#around = around;
    const { signer, digest, low = 10, full = 50 } = config;
    const known = fromText(signer ?? digest);
    // One of the two, and whole.
    if (known?.length !== 32 || (signer !== undefined) === (digest !== undefined)) throw new Fault("internal");
    this.#known = [{ raw: Uint8Array.of(signer === undefined ? 1 : 0) }, { raw: known }];
    this.#redeemer = new TextEncoder().encode(config.redeemer);
    this.#record = `tokens ${config.service}`;
    this.#refill = { low, full: Math.min(full, FULL) };
  }

  async refill(bearer: string): Promise<{ have: number; drawn: number }> {
    const module = await this.#around.module();
    const published = await this.#around.tenant.schedule();
    await this.#change((kept) => {
      const seen = module.call("edition", ...this.#known, { string: kept.seen }, { string: published });
      return { kept: { ...kept, seen, published } };
    });
    let drawn = await this.#collect(module, bearer);
    await this.#change((kept) => {
      const { have, wallet } = this.#stock(module, kept);
      const room = MOST - Math.max(0, wallet.length - HEAD) / TOKEN;
      const count = Math.min(this.#refill.full - have, room);
      // Another tab may be waiting already.
      if (have >= this.#refill.low || count < 1 || kept.pending.length > 0) return { kept: { ...kept, wallet } };
      const pending = module.call("draw", seed(), ...this.#book(kept), this.#now(), { u16: count });
      return { kept: { ...kept, wallet, pending } };
    });
    drawn += await this.#collect(module, bearer);
    return { have: await this.have(), drawn };
  }

  async take({ context = none(), payload }: { context?: Uint8Array; payload: Uint8Array }): Promise<Redemption> {
    const module = await this.#around.module();
    return this.#change((kept) => {
      if (kept.published.length === 0) throw new WalletFault("empty");
      const what = [{ string: this.#redeemer }, { string: context }, { string: payload }];
      const said = module.call("take", seed(), ...this.#book(kept), { string: kept.wallet }, this.#now(), ...what);
      const end = 2 + ((said[0] ?? 0) << 8) + (said[1] ?? 0);
      const request = toText(said.subarray(2, end));
      const value = { request, context: toText(context), payload: toText(payload) };
      return { kept: { ...kept, wallet: said.slice(end) }, value };
    });
  }

  async have(): Promise<number> {
    const [module, kept] = await Promise.all([this.#around.module(), this.#kept()]);
    return kept.published.length === 0 ? 0 : this.#stock(module, kept).have;
  }

  /** Sends the request that waits, if there is one, and takes its tokens; how many. */
  async #collect(module: Module, bearer: string): Promise<number> {
    const waiting = await this.#kept();
    if (waiting.pending.length === 0) return 0;
    let answer: Bytes;
    try {
      const request = module.call("request", ...this.#book(waiting), { string: waiting.pending });
      answer = await this.#around.tenant.issue(bearer, request);
    } catch (error) {
      const gone = error instanceof WalletFault && error.failure === "closed";
      if (gone || (error instanceof TenantFault && error.final)) await this.#giveUp(waiting);
      // Its key has left the schedule: there is another.
      if (gone) return 0;
      throw error;
    }
    return this.#change((kept) => {
      // Another tab has sent the same request, and has taken what came.
      if (!same(kept, waiting)) return { kept, value: 0 };
      const waits = [{ string: kept.pending }, { string: answer }, { string: kept.wallet }];
      const wallet = module.call("unblind", ...this.#book(kept), ...waits);
      return { kept: { ...kept, wallet, pending: none() }, value: (answer.length - ANSWER_HEAD) / ELEMENT };
    });
  }

  /** Nothing waits any more. */
  #giveUp(waiting: Kept): Promise<void> {
    return this.#change((kept) => ({ kept: same(kept, waiting) ? { ...kept, pending: none() } : kept }));
  }

  #stock(module: Module, kept: Kept): { have: number; wallet: Bytes } {
    const said = module.call("stock", ...this.#book(kept), { string: kept.wallet }, this.#now());
    return { have: new DataView(said.buffer).getUint32(0), wallet: said.slice(4) };
  }

  #book(kept: Kept): Piece[] {
    return [...this.#known, { string: kept.seen }, { string: kept.published }];
  }

  #now(): Piece {
    return { u64: this.#around.now() };
  }

  /** What a change gives, once what it leaves is on the disk. */
  #change<T = void>(change: (kept: Kept) => { kept: Kept; value?: T }): Promise<T> {
    return this.#around.alone(async () => {
      const before = await this.#kept();
      const { kept, value } = change(before);
      if (kept !== before) {
        const texts = FIELDS.map((field) => [field, toText(kept[field])]);
        await this.#around.store.put(this.#record, Object.fromEntries(texts));
      }
      return value as T;
    });
  }

  async #kept(): Promise<Kept> {
    const record = await this.#around.store.get(this.#record);
    if (record === undefined) return NOTHING;
    const [seen, published, pending, wallet] = FIELDS.map((field) => fromText(isForm(record) ? record[field] : undefined));
    if (!seen || !published || !pending || !wallet) throw new Fault("storage");
    return { seen, published, pending, wallet };
  }
}

function none(): Bytes {
  return new Uint8Array();
}

/** Whether the same request waits. */
function same(one: Kept, other: Kept): boolean {
  return toText(one.pending) === toText(other.pending);
}

/** Faults of the module by their numbers. */
const FAULTS: readonly TokensFailure[] = [
  "internal",
  "storage",
  "internal",
  "unavailable",
  "internal",
  "internal",
  "internal",
  "not-pinned",
  "other-key",
  "closed",
  "empty",
];

export const tokensFailed = (number: number): Error => new WalletFault(FAULTS[-number - 1] ?? "internal");

/** What the page is told. */
export function tokensSent(error: unknown): TokensFault {
  if (error instanceof WalletFault) return { failure: error.failure };
  if (error instanceof TenantFault) {
    const { failure, retryAfter } = error;
    return retryAfter === undefined ? { failure } : { failure, retryAfter };
  }
  const failure = error instanceof Fault ? error.sent.failure : "internal";
  return { failure: failure === "storage" || failure === "offline" || failure === "unavailable" ? failure : "internal" };
}
