// The key exchange between peers (page, section 8a).

import { timingSafeEqual } from "node:crypto";

import { expand as hkdfExpand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { bytes, concat, Reader, str, u16, u64, u8 } from "./bytes.js";
import { encode, g1, g2, gtBytes, H1, H2, pairing, times } from "./curve.js";
import { isEqualLogarithm } from "./issue.js";
import { principal, raw } from "./names.js";
import { Transcript } from "./transcript.js";

const ROLE = "AGREEMENT-IDENTITY";

export const firstPoint = (identity) => H1(ROLE, raw(identity));
export const secondPoint = (identity) => H2(ROLE, raw(identity));
export const stored = (kind, identity, ...rest) => concat(u8(1), u8(3), u8(kind), str(identity), ...rest);

/** Whether an issued key is one. */
export function isIssued({ identity, key, proof, commitment }) {
  const context = concat(str("MILAGRO-V1-ISSUED-KEY"), str("agreement"), str(identity));
  return isEqualLogarithm({ context, key: commitment, pairs: [[firstPoint(identity), key]], proof });
}

export const prologueOf = (parts) => parts.reduce((said, part) => said.with("part", part), Transcript.of("EXCHANGE-PROLOGUE")).bytes(32, "digest");

const flight = (type, ...body) => concat(u8(type), u8(1), str(concat(...body)));

function opened(type, source) {
  const outer = new Reader(source);
  outer.code(type, "flight");
  outer.code(1, "version");
  const body = new Reader(outer.str());
  outer.finish();
  return body;
}

const nonce = (key, own, prologue) =>
  Transcript.of("PEER-TO-PEER-NONCE").with("key", encode(key)).with("own identity", own).with("prologue", prologue);

/** Opens the exchange. */
export function call({ own, peer, key, prologue }, tape) {
  const x = nonce(key, own, prologue).with("peer", principal({ ...peer, epoch: 0 })).hedged(tape);
  const pa = times(firstPoint(own), x);
  return { x, pa, bytes: flight(1, str(own), encode(pa)) };
}

/** Answers a call. */
export function answer({ own, key, prologue }, called, tape) {
  const body = opened(1, called);
  const [caller, pa] = [body.str(), g1(body.take(48))];
  body.finish();
  const hedge = nonce(key, own, prologue).with("call", called);
  const [w, y] = ["w", "y"].map((letter) => hedge.with("scalar", letter).hedged(tape));
  const points = { pa, pg: times(firstPoint(caller), w), pb: times(secondPoint(own), y) };
  const { said, a, b } = saidOf({ prologue, initiator: caller, responder: own, points });
  const k = pairing(times(firstPoint(caller), a).add(pa), times(key, y + b));
  const keys = keysOf(said, k, times(pa, w));
  return { ...keys, bytes: flight(2, str(own), encode(points.pg), encode(points.pb), keys.server) };
}

/** Reads the answer, and confirms. */
export function finish({ own, peer, key, prologue }, { x, pa }, answered) {
  const body = opened(2, answered);
  const [responder, pg, pb, confirmation] = [body.str(), g1(body.take(48)), g2(body.take(96)), body.take(32)];
  body.finish();
  if (!timingSafeEqual(responder, principal(peer))) throw new Error("somebody else answers");
  const { said, a, b } = saidOf({ prologue, initiator: own, responder, points: { pa, pg, pb } });
  const k = pairing(times(key, x + a), times(secondPoint(responder), b).add(pb));
  const keys = keysOf(said, k, times(pg, x));
  if (!timingSafeEqual(keys.server, confirmation)) throw new Error("not confirmed");
  return { ...keys, bytes: flight(3, keys.client) };
}

function saidOf({ prologue, initiator, responder, points }) {
  const said = Transcript.of("PEER-TO-PEER")
    .with("prologue", prologue)
    .with("initiator", initiator)
    .with("responder", responder)
    .with("PaG1", encode(points.pa))
    .with("PgG1", encode(points.pg))
    .with("PbG2", encode(points.pb));
  return { said, a: said.challenge("a"), b: said.challenge("b") };
}

function keysOf(said, k, d) {
  const secret = extract(sha256, concat(gtBytes(k), encode(d)), said.bytes(32, "hkdf salt"));
  const key = (label) => exported(secret, label, new Uint8Array(), 32);
  const [client, server] = [key("client confirmation"), key("server confirmation")];
  return { client, server, toServer: key("client to server"), toClient: key("server to client"), exporter: key("exporter") };
}

/** A secret of a label, a context and a length. */
export function exported(key, label, context, length) {
  const [name, about] = [bytes(label), bytes(context)];
  return hkdfExpand(sha256, key, concat(u16(length), u64(name.length), name, u64(about.length), about), length);
}
