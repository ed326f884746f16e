// The groups of BLS12-381, their encodings and hashes (page, section 1).

import { bls12_381 as bls } from "@noble/curves/bls12-381.js";
import { expand_message_xmd } from "@noble/curves/abstract/hash-to-curve.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { bytes, concat, fixed, number } from "./bytes.js";

export const P = bls.G1.Point.BASE;
export const Q = bls.G2.Point.BASE;
export const O = bls.G1.Point.ZERO;
export const r = bls.fields.Fr.ORDER;

export const mod = (value) => ((value % r) + r) % r;
export const inverse = (value) => bls.fields.Fr.inv(mod(value));

/** A multiple, of a scalar that may be zero. */
export const times = (point, scalar) => {
  const reduced = mod(scalar);
  return reduced === 0n ? point.constructor.ZERO : point.multiply(reduced);
};

export const sum = (points) => points.reduce((all, point) => all.add(point), O);

export const encode = (point) => point.toBytes(true);

function checked(Point, source) {
  const point = Point.fromBytes(source);
  point.assertValidity();
  if (point.is0()) throw new RangeError("infinity");
  return point;
}

export const g1 = (source) => {
  if (source.length !== 48) throw new RangeError("not 48 bytes");
  return checked(bls.G1.Point, source);
};
export const g2 = (source) => {
  if (source.length !== 96) throw new RangeError("not 96 bytes");
  return checked(bls.G2.Point, source);
};

/** x ‖ y. */
export const uncompressed = (point) => {
  const { x, y } = point.toAffine();
  return concat(fixed(x, 48), fixed(y, 48));
};

export const scalar = (source) => {
  const value = number(source);
  if (source.length !== 32 || value >= r) throw new RangeError("no scalar");
  return value;
};
export const scalarBytes = (value) => fixed(mod(value), 32);

export const H1 = (role, message) =>
  bls.G1.hashToCurve(message, { DST: `MILAGRO-V1-${role}-BLS12381G1_XMD:SHA-256_SSWU_RO_` });
export const H2 = (role, message) =>
  bls.G2.hashToCurve(message, { DST: `MILAGRO-V1-${role}-BLS12381G2_XMD:SHA-256_SSWU_RO_` });

/** hash_to_field modulo r of RFC 9380, one element. */
export const hashToScalar = (message, tag) => mod(number(expand_message_xmd(message, bytes(tag), 48, sha256)));

export const pairing = (a, b) => bls.pairing(a, b);
export const power = (element, exponent) => bls.fields.Fp12.pow(element, mod(exponent));
export const one = bls.fields.Fp12.ONE;
export const same = (a, b) => bls.fields.Fp12.eql(a, b);

/** The coefficients at w⁰ … w⁵. */
export function gtBytes({ c0, c1 }) {
  const coefficients = [c0.c0, c1.c0, c0.c1, c1.c1, c0.c2, c1.c2];
  return concat(...coefficients.flatMap((value) => [fixed(value.c0, 48), fixed(value.c1, 48)]));
}

/** λᵢ at a number, at 0 if none is given, of the authorities whose numbers these are. */
export function lagrange(ids, at = 0) {
  return ids.map((i) =>
    ids
      .filter((j) => j !== i)
      .reduce((product, j) => mod(product * BigInt(j - at) * inverse(BigInt(j - i))), 1n),
  );
}
