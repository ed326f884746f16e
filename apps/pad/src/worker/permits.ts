// Permits: where a service asks for one, a login brings that of the day, out of the bulletin that the registrar has checked. A
// permit is public, and opens nothing without the token that it is for.

import type { Bytes } from "./bytes";
import { fromText, toText } from "./bytes";
import { Fault } from "./fault";
import type { Files, Service } from "./http";
import { isForm, text } from "./http";
import type { Module, Piece } from "./modules";
import type { Store } from "./store";

/** Which permit a service asks for. */
export interface Wanted {
  kind: string;
  epoch: number;
  seconds: number;
}

/** Who wants one. */
export interface Owner {
  identity: Bytes;
  domain: Bytes;
}

export interface PermitWorld {
  store: Store;
  registrar: Service;
  bulletins: Pick<Files, "get">;
  modules: { permits(): Promise<Module> };
}

const PERMIT = "permit";

/** What a challenge says of permits; nothing where it says nothing. */
export function wantedOf(said: unknown): Wanted | undefined {
  if (said === undefined) return undefined;
  const { kind, epoch, seconds } = isForm(said) ? said : {};
  if (typeof kind !== "string" || !isCount(epoch) || !isCount(seconds)) throw new Fault("unavailable");
  return { kind, epoch, seconds };
}

export class Permits {
  readonly #world: PermitWorld;

  constructor(world: PermitWorld) {
    this.#world = world;
  }

  /** The permit of an epoch: the one that is kept, or that of a bulletin. Whoever is revoked has none. */
  async get(wanted: Wanted, owner: Owner): Promise<Bytes> {
    // Bulletins have permits for gaps alone.
    if (wanted.kind !== "cover" && wanted.kind !== "either") throw new Fault("unavailable");
    const name = [toText(owner.domain), toText(owner.identity), wanted.epoch, wanted.seconds].join(" ");
    // One that cannot be read is found again, too.
    const kept = await this.#world.store.get(PERMIT).catch(() => undefined);
    const found = isForm(kept) && kept["name"] === name ? fromText(kept["permit"]) : undefined;
    if (found !== undefined) return found;
    const permit = await this.#found(wanted, owner);
    await this.#world.store.put(PERMIT, { name, permit: toText(permit) }).catch(() => undefined);
    return permit;
  }

  async #found({ epoch, seconds }: Wanted, { domain, identity }: Owner): Promise<Bytes> {
    const { registrar, bulletins, modules } = this.#world;
    const path = `/v1/bulletins/${epoch}`;
    const [module, named] = await Promise.all([
      modules.permits(),
      registrar.ask({ path, repeatable: true, refused: "unavailable" }),
    ]);
    const hash = fromHex(text(named, "index"));
    const index = await bulletins.get(`${toHex(hash)}.index`);
    const begun: Piece[] = [
      { raw: domain },
      { string: identity },
      { u64: epoch },
      { u64: seconds },
      { raw: hash },
      { string: index },
    ];
    const slice = await bulletins.get(`${toHex(module.call("slice", ...begun))}.slice`);
    return module.call("permit", ...begun, { raw: slice });
  }
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function toHex(bytes: Bytes): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The name of a file: a hash, in small letters. */
function fromHex(text: string): Bytes {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new Fault("unavailable");
  return Uint8Array.from(text.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
}
