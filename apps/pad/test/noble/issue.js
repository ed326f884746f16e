// Signatures, proofs, shares, and how they become a secret (page, section 6).

import { createDecipheriv } from "node:crypto";

import { x25519 } from "@noble/curves/ed25519.js";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { bytes, concat, hex, Reader, str, u16, u64, u8 } from "./bytes.js";
import { encode, g1, g2, lagrange, O, P, pairing, Q, same, scalar, scalarBytes, sum, times } from "./curve.js";
import { domainId } from "./names.js";
import { Transcript } from "./transcript.js";

/** A proof of two scalars. */
export function readProof(source) {
  return { c: scalar(source.slice(0, 32)), z: scalar(source.slice(32)) };
}

/** Whether X has signed a message under a tag. */
export function isSigned({ tag, message, key, signature }) {
  const { c, z } = readProof(signature);
  const nonce = times(P, z).add(times(key, -c));
  const said = Transcript.of(tag)
    .with("group", "BLS12381G1")
    .with("message", message)
    .with("element", encode(P))
    .with("element", encode(key));
  return said.with("R", encode(nonce)).challenge("c") === c;
}

/** A signature by the key x. */
export function sign({ tag, message, x }, tape) {
  return prove({ tag, message, x, bases: [P] }, tape);
}

/** A proof that the x of X = x·P is that of x·base, too. */
export function signEqual({ tag, message, x, base }, tape) {
  return prove({ tag, message, x, bases: [P, base] }, tape);
}

function prove({ tag, message, x, bases }, tape) {
  const head = Transcript.of(tag).with("group", "BLS12381G1").with("message", message);
  const said = bases.reduce(
    (all, base) => all.with("element", encode(base)).with("element", encode(times(base, x))),
    head,
  );
  const nonce = said.with("x", scalarBytes(x)).with("seed", tape.draw(32)).challenge("nonce");
  const c = bases.reduce((all, base) => all.with("R", encode(times(base, nonce))), said).challenge("c");
  return concat(scalarBytes(c), scalarBytes(nonce + c * x));
}

const encodeOrNothing = (point) => (point.is0() ? new Uint8Array() : encode(point));

/** Whether one logarithm stands behind K and all pairs. */
export function isEqualLogarithm({ context, key, pairs, proof }) {
  const { c, z: s } = readProof(proof);
  let said = new Transcript("MILAGRO-V1-DLEQ-BLS12381G1-SHAKE256")
    .with("context", context)
    .with("P", encode(P))
    .with("K", encode(key));
  for (const [a, b] of pairs) said = said.with("A", encode(a)).with("B", encode(b));
  const weights = pairs.length === 1 ? [1n] : said.weights("weights", pairs.length);
  const folded = (side) => sum(pairs.map((pair, at) => times(pair[side], weights[at])));
  const [m, z] = [folded(0), folded(1)];
  const nonces = [times(P, s).add(times(key, -c)), times(m, s).add(times(z, -c))];
  const hashed = nonces.reduce(
    (all, nonce) => all.with("R", encodeOrNothing(nonce)),
    said.with("M", encode(m)).with("Z", encode(z)),
  );
  return hashed.challenge("c") === c;
}

/** The public document of a domain. */
export function readDomain(source) {
  const reader = new Reader(source);
  reader.code(1, "version");
  const protocol = reader.str();
  if (hex(reader.str()) !== hex(bytes("BLS12381G1"))) throw new RangeError("another group");
  const name = reader.str();
  const founded = { threshold: reader.small(2), authorities: reader.small(2) };
  const [threshold, authorities] = [reader.small(2), reader.small(2)];
  const generation = reader.number(8);
  const commitment = g1(reader.take(48));
  const keys = reader.list(authorities, (one) => g1(one.take(48)));
  reader.finish();
  const id = domainId({ name, protocol, ...founded, commitment: encode(commitment) });
  const digest = Transcript.of("DOMAIN").with("domain", source).bytes(32, "digest");
  return { id, threshold, authorities, keys, edition: concat(id, u64(generation), digest) };
}

export const PURPOSES = { client: 1, server: 2, personal: 3, cover: 4, first: 32, second: 33 };
const IN_G2 = [PURPOSES.server, PURPOSES.second];

/** A share of a purpose, checked against the document, for the point that its subject hashes to. */
export function checkShare(source, { domain, purpose, point }) {
  const reader = new Reader(source);
  reader.code(1, "version");
  reader.code(purpose, "purpose");
  const edition = reader.take(72);
  if (hex(edition) !== hex(domain.edition)) throw new RangeError("share of another domain or generation");
  const from = reader.small(2);
  const key = domain.keys[from - 1];
  if (!key) throw new RangeError("no such authority");
  if (IN_G2.includes(purpose)) {
    const share = g2(reader.take(96));
    reader.finish();
    if (!same(pairing(key, point), pairing(P, share))) throw new Error("no share");
    return { from, share };
  }
  const share = g1(reader.take(48));
  const proof = reader.take(64);
  reader.finish();
  const context = concat(str("MILAGRO-V1-SHARE"), u8(purpose), edition, u16(from));
  if (!isEqualLogarithm({ context, key, pairs: [[point, share]], proof })) throw new Error("no share");
  return { from, share };
}

/** Puts checked shares together, of t authorities. */
export function combine(shares, { threshold }) {
  const chosen = shares.slice(0, threshold);
  const ids = chosen.map(({ from }) => from);
  if (chosen.length < threshold || new Set(ids).size < threshold) throw new RangeError("too few shares");
  const weights = lagrange(ids);
  const [first, ...rest] = chosen.map(({ share }, at) => times(share, weights[at]));
  return rest.reduce((all, point) => all.add(point), first);
}

/** Before its signature. */
export const grantBody = ({ purpose, domain, client, from, until, subject }) =>
  concat(u8(1), u8(purpose), domain, client, u64(from), u64(until), subject);

export const clientPublic = (key) => x25519.getPublicKey(key);

// HPKE (RFC 9180) in base mode.

const KEM = concat("KEM", u16(0x0020));
const SUITE = concat("HPKE", u16(0x0020), u16(0x0001), u16(0x0003));

const labeledExtract = (suite, salt, label, secret) =>
  extract(sha256, concat("HPKE-v1", suite, label, secret), salt);
const labeledExpand = (suite, key, label, info, length) =>
  expand(sha256, key, concat(u16(length), "HPKE-v1", suite, label, info), length);

function schedule(shared, info) {
  const none = new Uint8Array();
  const pskId = labeledExtract(SUITE, none, "psk_id_hash", none);
  const context = concat(u8(0), pskId, labeledExtract(SUITE, none, "info_hash", info));
  const secret = labeledExtract(SUITE, shared, "secret", none);
  return {
    key: labeledExpand(SUITE, secret, "key", context, 32),
    nonce: labeledExpand(SUITE, secret, "base_nonce", context, 12),
  };
}

/** Opens what an authority sealed for a grant, with the client's key. */
export function unseal(sealed, grant, clientKey) {
  const reader = new Reader(sealed);
  reader.code(1, "version");
  const encapsulated = reader.take(32);
  const text = reader.take(reader.rest.length - 16);
  const tag = reader.take(16);
  const exchanged = x25519.getSharedSecret(clientKey, encapsulated);
  const both = concat(encapsulated, clientPublic(clientKey));
  const base = labeledExtract(KEM, new Uint8Array(), "eae_prk", exchanged);
  const shared = labeledExpand(KEM, base, "shared_secret", both, 32);
  const info = Transcript.of("SEALED-SHARE").with("grant", grant.slice(0, -64)).bytes(32, "info");
  const { key, nonce } = schedule(shared, info);
  const cipher = createDecipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
  cipher.setAuthTag(tag);
  return concat(cipher.update(text), cipher.final());
}

export { O, Q };
