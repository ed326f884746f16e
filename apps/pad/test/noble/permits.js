// Lists, permits and bulletins (page, section 7).

import { sha256 } from "@noble/hashes/sha2.js";

import { concat, hex, number, Reader, str, u16, u64, u8 } from "./bytes.js";
import { encode, g1, lagrange, sum, times } from "./curve.js";
import { checkShare, combine, isEqualLogarithm, isSigned, PURPOSES } from "./issue.js";
import { labelPoint, leaf } from "./names.js";
import { Transcript } from "./transcript.js";

const LAST = (1n << 128n) - 1n;

/** A revocation list: its domain, leaves and hash. */
export function readList(source) {
  const reader = new Reader(source);
  reader.code(1, "version");
  const domain = reader.take(32);
  const leaves = reader.list(reader.small(4), (one) => one.take(16));
  reader.finish();
  const begun = Transcript.of("REVOCATION-LIST").with("domain", domain);
  const said = leaves.reduce((all, one) => all.with("leaf", one), begun);
  return { domain, leaves: leaves.map(number), hash: said.bytes(32, "hash") };
}

/** A list that a registrar has signed; throws for any other. */
export function readSignedList(source, registrar) {
  const reader = new Reader(source);
  reader.code(1, "version");
  const mark = reader.take(40);
  const signature = reader.take(64);
  const list = readList(reader.take(reader.rest.length));
  const message = concat(list.domain, mark);
  if (!isSigned({ tag: "REVOCATION-SIGNATURE", message, key: registrar, signature })) throw new Error("not signed");
  if (hex(mark.slice(8)) !== hex(list.hash)) throw new Error("another list");
  return { ...list, mark };
}

/** What lies between revoked leaves. */
export function gaps(leaves) {
  const begins = [0n, ...leaves.map((one) => one + 1n)];
  const ends = [...leaves.map((one) => one - 1n), LAST];
  return begins.map((low, at) => [low, ends[at]]).filter(([low, high]) => low <= high);
}

const subjectOf = (domain, label, identity) => labelPoint(label, domain.id, identity);

/** A personal permit, of shares. */
export function personalPermit(shares, { domain, label, identity }) {
  const point = subjectOf(domain, label, identity);
  const checked = shares.map((one) => checkShare(one, { domain, purpose: PURPOSES.personal, point }));
  return { label, point: combine(checked, domain) };
}

export function readCoverShare(source) {
  const reader = new Reader(source);
  reader.code(1, "version");
  const mark = reader.take(40);
  const gap = [reader.take(16), reader.take(16)];
  return { mark, gap, share: reader.take(reader.rest.length) };
}

/** A cover permit, of shares of authorities that use one list. */
export function coverPermit(shares, { domain, epoch, length, identity }) {
  const read = shares.map(readCoverShare);
  const { mark, gap } = read[0];
  const own = number(leaf(identity, domain.id));
  if (own < number(gap[0]) || number(gap[1]) < own) throw new RangeError("gap of others");
  const label = { epoch, length, gap };
  const point = subjectOf(domain, label, identity);
  const of = read.filter((one) => hex(concat(one.mark, ...one.gap)) === hex(concat(mark, ...gap)));
  const checked = of.map(({ share }) => checkShare(share, { domain, purpose: PURPOSES.cover, point }));
  return { label, point: combine(checked, domain) };
}

function readHead(reader) {
  const source = reader.rest.slice(0, 133);
  reader.code(1, "version");
  const edition = reader.take(72);
  const [epoch, length] = [reader.number(8), reader.number(8)];
  const mark = reader.take(40);
  return { source, edition, epoch, length, mark, count: reader.small(4) };
}

const readGap = (reader) => {
  const source = reader.rest.slice(0, 80);
  return { source, gap: [reader.take(16), reader.take(16)], point: reader.take(48) };
};

/** A bulletin whose proof holds; throws for any other. */
export function readBulletin(source, domain) {
  const reader = new Reader(source);
  const head = readHead(reader);
  if (hex(head.edition) !== hex(domain.edition)) throw new Error("bulletin of another domain or generation");
  const records = reader.list(head.count, readGap);
  const proof = reader.list(reader.small(2), (one) => ({
    from: one.small(2),
    z: g1(one.take(48)),
    proof: one.take(64),
  }));
  reader.finish();
  const { m, total } = sums(head, records, domain);
  const ids = proof.map(({ from }) => from);
  if (new Set(ids).size < domain.threshold) throw new Error("too few authorities");
  for (const part of proof) {
    const context = concat(str("MILAGRO-V1-BULLETIN-SHAKE256"), domain.edition, u16(part.from));
    const key = domain.keys[part.from - 1];
    if (!isEqualLogarithm({ context, key, pairs: [[m, part.z]], proof: part.proof })) throw new Error("no proof");
  }
  const weights = lagrange(ids);
  const combined = sum(proof.map(({ z }, at) => times(z, weights[at])));
  if (!combined.equals(total)) throw new Error("a point is no permit");
  return { head, records };
}

/** M, and the same sum of the permits. */
function sums(head, records, domain) {
  const begun = Transcript.of("BULLETIN").with("head", head.source);
  const digest = records.reduce((all, { source }) => all.with("gap", source), begun).bytes(32, "digest");
  const pieces = Array.from({ length: Math.ceil(records.length / 1024) }, (_, at) =>
    records.slice(1024 * at, 1024 * at + 1024),
  );
  const weights = pieces.flatMap((piece, at) =>
    Transcript.of("BULLETIN").with("digest", digest).with("chunk", u64(at)).weights("weights", piece.length),
  );
  const label = ({ gap }) => labelPoint({ epoch: head.epoch, length: head.length, gap }, domain.id);
  return {
    m: sum(records.map((record, at) => times(label(record), weights[at]))),
    total: sum(records.map(({ point }, at) => times(g1(point), weights[at]))),
  };
}

/** The permit of an identity, or nothing. */
export function find({ head, records }, identity, domain) {
  const own = number(leaf(identity, domain.id));
  const record = records.find(({ gap }) => number(gap[0]) <= own && own <= number(gap[1]));
  if (!record) return undefined;
  return { label: { epoch: head.epoch, length: head.length, gap: record.gap }, point: g1(record.point) };
}

/** The permit of an identity in slices of a bulletin whose index is known by its hash. */
export function findInSlices(index, slices, identity, domain) {
  const reader = new Reader(index);
  reader.code(1, "version");
  const head = readHead(reader);
  const entries = reader.list(reader.small(4), (one) => ({ first: one.number(16), hash: one.take(32) }));
  reader.finish();
  const own = number(leaf(identity, domain.id));
  const entry = entries.filter(({ first }) => first <= own).at(-1);
  if (!entry) return undefined;
  const slice = slices.find((one) => hex(sha256(one)) === hex(entry.hash));
  const inside = new Reader(slice);
  inside.code(1, "version");
  const records = inside.list(inside.small(4), readGap);
  inside.finish();
  return find({ head, records }, identity, domain);
}

/** A bulletin's head, from what it says. */
export const headBytes = ({ domain, epoch, length, mark, count }) =>
  concat(u8(1), domain.edition, u64(epoch), u64(length), mark, new Uint8Array([0, 0, count >> 8, count & 255]));

/** Checks one authority's batch of cover shares; its points. */
export function readCoverBatch(source, { domain, epoch, length, gaps: all }) {
  const reader = new Reader(source);
  reader.code(1, "version");
  const mark = reader.take(40);
  reader.code(1, "version");
  reader.code(PURPOSES.cover, "purpose");
  const edition = reader.take(72);
  const from = reader.small(2);
  const points = reader.list(reader.small(4), (one) => g1(one.take(48)));
  const proof = reader.take(64);
  reader.finish();
  const labels = all.map((gap) => labelPoint({ epoch, length, gap }, domain.id));
  const context = concat(str("MILAGRO-V1-SHARE-BATCH"), u8(PURPOSES.cover), edition, u16(from));
  const pairs = labels.map((label, at) => [label, points[at]]);
  const key = domain.keys[from - 1];
  if (!isEqualLogarithm({ context, key, pairs, proof })) throw new Error("no shares");
  return { mark, from, points: points.map(encode) };
}
