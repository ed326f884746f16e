// What a client stores (page, section 3).

import { argon2id } from "@noble/hashes/argon2.js";

import { bytes, concat, Reader, str, u32, u8 } from "./bytes.js";
import { encode, g1, hashToScalar, times } from "./curve.js";
import { identityPoint, readIdentity } from "./names.js";

const FACTOR = "MILAGRO-V1-FACTOR-BLS12381Zr_XMD:SHA-256_";

const numberOf = (kind, name, secret) => hashToScalar(concat(u8(kind), str(name), secret), FACTOR);

/** A factor: its bytes in a token, and its number. */
export function pinFactor(digits) {
  if (!/^[0-9]{4,6}$/.test(digits)) throw new RangeError("no PIN");
  return { encoded: concat(u8(1), u8(digits.length)), value: BigInt(digits) };
}

export function passphraseFactor({ name, passphrase, memory_kib, passes, lanes, salt }) {
  const spelled = passphrase.replace(/\p{Zs}/gu, " ").normalize("NFC");
  const options = { t: passes, m: memory_kib, p: lanes, dkLen: 32, version: 0x13 };
  const secret = argon2id(bytes(spelled), salt, options);
  return {
    encoded: concat(u8(2), str(name), u32(memory_kib), u32(passes), u32(lanes), salt),
    value: numberOf(2, name, secret),
  };
}

export const bytesFactor = ({ name, bytes: secret }) => ({
  encoded: concat(u8(3), str(name)),
  value: numberOf(3, name, secret),
});

const total = (factors) => factors.reduce((all, { value }) => all + value, 0n);

/** Splits factors off a secret. */
export function split({ domain, identity, secret, factors }) {
  const sorted = factors.map(({ encoded }) => encoded).sort(Buffer.compare);
  const rest = secret.subtract(times(identityPoint(identity), total(factors)));
  return concat(u8(2), domain, identity, u8(sorted.length), ...sorted, encode(rest));
}

function readFactor(reader) {
  const kind = reader.small(1);
  if (kind === 1) return concat(u8(1), reader.take(1));
  const name = str(reader.str());
  if (kind === 2) return concat(u8(2), name, reader.take(28));
  if (kind === 3) return concat(u8(3), name);
  throw new RangeError("another factor");
}

export function readToken(source) {
  const reader = new Reader(source);
  reader.code(2, "version");
  const domain = reader.take(32);
  const identity = readIdentity(reader);
  const factors = reader.list(reader.small(1), readFactor);
  const rest = g1(reader.take(48));
  reader.finish();
  return { domain, identity, factors, rest };
}

/** Adds factors again. */
export function unlock(token, factors) {
  const { identity, rest } = readToken(token);
  return rest.add(times(identityPoint(identity), total(factors)));
}

export function changePin(token, old, fresh) {
  const { domain, identity, factors, rest } = readToken(token);
  const changed = factors.map((one) => (one[0] === 1 ? fresh.encoded : one)).sort(Buffer.compare);
  const moved = rest.add(times(identityPoint(identity), old.value - fresh.value));
  return concat(u8(2), domain, identity, u8(changed.length), ...changed, encode(moved));
}
