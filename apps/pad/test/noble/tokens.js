// Tokens of ristretto255 (page, section 9).

import { expand_message_xmd } from "@noble/curves/abstract/hash-to-curve.js";
import { ed25519, ristretto255, ristretto255_hasher } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";

import { bytes, concat, hex, little, Reader, str, toLittle, u16, u32, u64, u8 } from "./bytes.js";

const { Point } = ristretto255;
const SUITE = "ristretto255-SHA512";
const ORDER = Point.Fn.ORDER;
const ISSUE = `MILAGRO-V1-TOKEN-ISSUE-${SUITE}`;

const mod = (value) => ((value % ORDER) + ORDER) % ORDER;
const times = (point, scalar) => (mod(scalar) === 0n ? Point.ZERO : point.multiply(mod(scalar)));

/** ⟨x⟩: a length of eight bytes, then x. */
const framed = (...fields) => concat(...fields.flatMap((field) => [u64(bytes(field).length), field]));
const hash = (...fields) => sha256(framed(...fields));

const decode = (source) => {
  const point = Point.fromBytes(source);
  if (point.equals(Point.ZERO)) throw new RangeError("identity");
  return point;
};
const decodeScalar = (source) => {
  const value = little(source);
  if (value >= ORDER) throw new RangeError("no scalar");
  return value;
};

const wide = (message, tag) => mod(little(expand_message_xmd(message, bytes(tag), 64, sha512)));
const H = (x) => ristretto255_hasher.hashToCurve(x, { DST: concat("HashToGroup-OPRFV1-", u8(1), "-", SUITE) });
const Hs = (message) => wide(message, `HashToScalar-${ISSUE}`);

const planBytes = ({ use_case, origin, length, issue_overlap, redeem_overlap, leeway, uses }) =>
  concat(
    str(SUITE),
    str(use_case),
    ...[origin, length, issue_overlap, redeem_overlap, leeway].map(u64),
    u8(uses),
  );

export function keyId(plan, { epoch, serial, opens }, key) {
  const attributes = concat(planBytes(plan), u64(epoch), u32(serial), u64(opens));
  return hash("MILAGRO-V1-TOKEN-KEY-ID-SHA256", attributes, key);
}

/** A schedule that is signed; its plan and keys. */
export function readSigned(source, verifier) {
  const reader = new Reader(source);
  reader.code(1, "version");
  const signature = reader.take(64);
  const schedule = reader.take(reader.rest.length);
  const message = framed("MILAGRO-V1-TOKEN-SCHEDULE-ED25519", schedule);
  if (!ed25519.verify(signature, message, verifier, { zip215: false })) throw new Error("not signed");
  return readSchedule(schedule);
}

export function readSchedule(source) {
  const reader = new Reader(source);
  reader.code(1, "version");
  if (hex(reader.str()) !== hex(bytes(SUITE))) throw new RangeError("another suite");
  const plan = {
    use_case: reader.str(),
    origin: reader.number(8),
    length: reader.number(8),
    issue_overlap: reader.number(8),
    redeem_overlap: reader.number(8),
    leeway: reader.number(8),
    uses: reader.small(1),
  };
  const [number, previous, first] = [reader.number(8), reader.take(32), reader.number(8)];
  const keys = reader.list(reader.small(2), (one) => {
    const slot = { epoch: one.number(8), serial: one.small(4), opens: one.number(8) };
    const [withdrawn, key] = [one.small(1) === 1, one.str()];
    return { ...slot, withdrawn, key, id: keyId(plan, slot, key) };
  });
  reader.finish();
  return { plan, number, previous, first, keys, digest: hash("MILAGRO-V1-TOKEN-SCHEDULE-SHA256", source) };
}

/** A first edition with these keys. */
export const scheduleBytes = (plan, keys) =>
  concat(
    u8(1),
    planBytes(plan),
    u64(1),
    new Uint8Array(32),
    u64(keys[0].epoch),
    u16(keys.length),
    ...keys.flatMap(({ epoch, serial, opens, key }) => [u64(epoch), u32(serial), u64(opens), u8(0), str(key)]),
  );

/** An edition under the signature of a seed. */
export const signedBytes = (schedule, seed) =>
  concat(u8(1), ed25519.sign(framed("MILAGRO-V1-TOKEN-SCHEDULE-ED25519", schedule), seed), schedule);

/** The nonce of a token, of what was drawn for it. */
const nonceOf = (form, origin) =>
  form === 0 ? origin : hash("MILAGRO-V1-TOKEN-NONCE-KEY-SHA256", ed25519.getPublicKey(origin));

const inputOf = (id, form, origin) => framed("MILAGRO-V1-TOKEN-INPUT", id, u8(form), nonceOf(form, origin));

/** Draws tokens under a key of a schedule. */
export function draw({ id, key }, { count, form, uses }, tape) {
  const origins = Array.from({ length: count }, () => tape.draw(32));
  const fresh = tape.draw(64);
  const waiting = origins.map((origin, at) => {
    const x = inputOf(id, form, origin);
    const drawn = concat(fresh, u8(0), key, u16(at), u16(x.length), x);
    const rho = wide(drawn, `MILAGRO-V1-BLIND-${SUITE}`);
    const blinded = H(x).add(times(Point.BASE, rho)).toBytes();
    return { origin, x, rho, blinded };
  });
  return {
    request: concat(u8(1), id, ...waiting.map(({ blinded }) => blinded)),
    pending: concat(
      u8(1),
      id,
      u8(form),
      u32(count),
      ...waiting.flatMap(({ origin, rho }) => [origin, toLittle(rho, 32)]),
    ),
    state: { id, key, form, uses, waiting },
  };
}

/** What an issuer's proof is about: all pairs in one, and the challenge of two commitments. */
function composite(key, pairs) {
  const sides = pairs.flatMap(({ blinded, evaluated }) => [str(blinded), str(evaluated)]);
  const seed = sha512(concat(str(key), str(`Seed-${ISSUE}`), ...sides));
  const weights = pairs.map(({ blinded, evaluated }, at) =>
    Hs(concat(str(seed), u16(at), str(blinded), str(evaluated), "Composite")),
  );
  const folded = (side) =>
    pairs.reduce((all, pair, at) => all.add(times(decode(pair[side]), weights[at])), Point.ZERO);
  const [m, z] = [folded("blinded"), folded("evaluated")];
  const challenge = (t2, t3) => {
    const said = [m, z, t2, t3].map((point) => str(point.toBytes()));
    return Hs(concat(str(key), ...said, "Challenge"));
  };
  return { m, z, challenge };
}

/** Whether D = k·C for all pairs, by the issuer's proof. */
function isProven({ key, pairs, c, s }) {
  const { m, z, challenge } = composite(key, pairs);
  const t2 = times(Point.BASE, s).add(times(decode(key), c));
  const t3 = times(m, s).add(times(z, c));
  return challenge(t2, t3) === c;
}

/** The public key of a scalar. */
export const keyOf = (scalar) => times(Point.BASE, decodeScalar(scalar)).toBytes();

/** An issuer's answer to a request, with 64 bytes for the nonce of its proof. */
export function answer(scalar, request, fresh) {
  const blinded = Array.from({ length: (request.length - 33) / 32 }, (_, at) => request.slice(33 + 32 * at, 65 + 32 * at));
  const pairs = blinded.map((one) => ({ blinded: one, evaluated: evaluate(scalar, one) }));
  const { m, challenge } = composite(keyOf(scalar), pairs);
  const t = mod(little(fresh));
  const c = challenge(times(Point.BASE, t), times(m, t));
  const s = mod(t - c * decodeScalar(scalar));
  return concat(u8(1), toLittle(c, 32), toLittle(s, 32), ...pairs.map(({ evaluated }) => evaluated));
}

/** Tokens, of the issuer's answer. */
export function finish({ id, key, form, uses, waiting }, response) {
  const reader = new Reader(response);
  reader.code(1, "version");
  const [c, s] = [decodeScalar(reader.take(32)), decodeScalar(reader.take(32))];
  const evaluated = reader.list(waiting.length, (one) => one.take(32));
  reader.finish();
  const pairs = waiting.map(({ blinded }, at) => ({ blinded, evaluated: evaluated[at] }));
  if (!isProven({ key, pairs, c, s })) throw new Error("another key has answered");
  return waiting.map(({ origin, x, rho }, at) => {
    const n = decode(evaluated[at]).subtract(times(decode(key), rho));
    const output = sha512(concat(str(x), str(n.toBytes()), "Finalize"));
    return { id, form, uses, next: 0, origin, output };
  });
}

export const tokenBytes = ({ id, form, uses, next, origin, output }) =>
  concat(u8(1), u8(uses), u8(next), u8(form), id, origin, u8(output.length), output);

/** Spends the next use: the request, and what is left of the token. */
export function redeem(token, { redeemer, context, payload }) {
  const { id, form, uses, next, origin, output } = token;
  const nonce = nonceOf(form, origin);
  const what = [context, redeemer, id, nonce, u8(next), payload];
  const key = hkdf(sha256, output, bytes("MILAGRO-V1-TOKEN-MAC-KEY-HKDF-SHA256"), framed(id, nonce), 32);
  const tag = hmac(sha256, key, framed("MILAGRO-V1-TOKEN-REDEEM-HMAC-SHA256", ...what));
  const rest = next + 1 < uses ? { ...token, next: next + 1 } : undefined;
  if (form === 0) return { request: concat(u8(1), u8(0), id, nonce, u8(next), tag), rest };
  const signed = framed("MILAGRO-V1-TOKEN-REDEEM-ED25519", ...what, tag);
  const name = ed25519.getPublicKey(origin);
  return { request: concat(u8(1), u8(1), id, name, u8(next), tag, ed25519.sign(signed, origin)), rest };
}

/** The output itself. */
export const bare = ({ id, next, origin, output }) =>
  concat(u8(1), id, origin, u8(next), u8(output.length), output);

/** k·C with a proof: what an issuer does with its scalar, for tests. */
export const evaluate = (scalar, blinded) => times(decode(blinded), decodeScalar(scalar)).toBytes();
