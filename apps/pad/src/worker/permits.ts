// Permits: where a service asks for one, a login brings that of the day, out of the bulletin that the registrar has checked. A
// permit is public, and opens nothing without the token that it is for.
//
// A script of its own, which the worker loads when a service asks for permits.

import type { Bytes } from "./bytes";
import { fromText, toText } from "./bytes";
import { Fault } from "./fault";
import { octets } from "./fetching";
import type { Service } from "./http";
import type { Module, Piece } from "./modules";
import type { Store } from "./store";

/** Who wants one. */
export interface Owner {
  identity: Bytes;
  domain: Bytes;
}

/** What stands around permits; tests have their own. */
export interface PermitWorld {
  store: Store;
  registrar: Pick<Service, "ask">;
  /** Where the files of bulletins are. */
  bulletins: string;
  module(): Promise<Module>;
}

/** The permit that a service asks for: the one that is kept, or that of a bulletin. Whoever is revoked has none. */
export type Permit = (world: PermitWorld, wanted: unknown, owner: Owner) => Promise<Bytes>;

const PERMIT = "permit";
/** Bytes of the longest file that a device reads: a slice of 1,024 gaps. */
const LONGEST = 81_925;

export const permit: Permit = async (world, wanted, owner) => {
  const { kind, epoch, seconds } = formOf(wanted);
  // Bulletins have permits for gaps alone.
  const isCover = kind === "cover" || kind === "either";
  if (!isCover || !isCount(epoch) || !isCount(seconds)) throw new Fault("unavailable");
  const name = [toText(owner.domain), toText(owner.identity), epoch, seconds].join(" ");
  // One that cannot be read is found again, as is one that cannot be kept.
  const kept = formOf(await world.store.get(PERMIT).catch(() => undefined));
  const there = kept["name"] === name ? fromText(kept["permit"]) : undefined;
  if (there !== undefined) return there;
  const found = await find(world, owner, { epoch, seconds });
  await world.store.put(PERMIT, { name, permit: toText(found) }).catch(() => undefined);
  return found;
};

async function find(world: PermitWorld, owner: Owner, { epoch, seconds }: { epoch: number; seconds: number }): Promise<Bytes> {
  const path = `/v1/bulletins/${epoch}`;
  const [module, { index: named }] = await Promise.all([
    world.module(),
    world.registrar.ask({ path, repeatable: true, refused: "unavailable" }),
  ]);
  const hash = fromHex(named);
  if (hash === undefined) throw new Fault("unavailable");
  const begun: Piece[] = [
    { raw: owner.domain },
    { string: owner.identity },
    { u64: epoch },
    { u64: seconds },
    { raw: hash },
    { string: await file(world, `${toHex(hash)}.index`) },
  ];
  const slice = await file(world, `${toHex(module.call("slice", ...begun))}.slice`);
  return module.call("permit", ...begun, { raw: slice });
}

/** A file whose name is the hash of what is in it, so that it does not matter who gives it. */
async function file({ bulletins }: PermitWorld, name: string): Promise<Bytes> {
  const how: RequestInit = { credentials: "omit", cache: "default" };
  const answer = await octets(`${bulletins}/${name}`, how, LONGEST).catch(() => undefined);
  if (answer === undefined) throw new Fault("offline");
  if (!("bytes" in answer)) throw new Fault("unavailable");
  return answer.bytes;
}

function formOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function toHex(bytes: Bytes): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The name of a file: a hash, in small letters. */
function fromHex(text: unknown): Bytes | undefined {
  if (typeof text !== "string" || !/^[0-9a-f]{64}$/.test(text)) return undefined;
  return Uint8Array.from(text.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
}
