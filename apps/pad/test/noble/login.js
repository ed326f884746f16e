// Logins, signatures, and the first message of a key agreement (page, section 4).

import { concat, fixed, number, u64, u8 } from "./bytes.js";
import { encode, mod, scalarBytes, times, uncompressed } from "./curve.js";
import { covers, identityPoint, labelBytes, labelPoint } from "./names.js";
import { Transcript } from "./transcript.js";

export const MODES = {
  challenge: { byte: 1, tag: "CHALLENGE" },
  "one-pass": { byte: 2, tag: "ONE-PASS" },
  sign: { byte: 3, tag: "SIGN" },
  full: { byte: 4, tag: "FULL", agrees: true },
  "full-one-pass": { byte: 5, tag: "FULL-ONE-PASS", agrees: true },
};

const timed = ({ challenge, time }) =>
  challenge ? ["challenge", challenge] : ["time", u64(time)];

const bound = (binding) => {
  if (!binding) return ["no channel binding", ""];
  return binding["tls-exporter"] ? ["tls-exporter", binding["tls-exporter"]] : ["context", binding.context];
};

/** Everything that y covers besides points. */
function context(mode, what) {
  const { domain, server, identity, permit, binding, message } = what;
  const said = Transcript.of(MODES[mode].tag)
    .with("domain", domain)
    .with("server", server)
    .with("identity", identity)
    .with("permit", labelBytes(permit?.label))
    .with(...bound(binding))
    .with(...timed(what));
  return message === undefined ? said : said.with("message", message);
}

function aim(what) {
  const begun = Transcript.of("AIM").with(...timed(what));
  return concat(
    begun.with("domain", what.domain).bytes(4, "domain"),
    begun.with("server", what.server).bytes(4, "server"),
    begun.with(...bound(what.binding)).bytes(4, "binding"),
  );
}

/** B and S_B. */
function keys({ identity, secret, permit, domain, z }) {
  const a = identityPoint(identity);
  if (!permit) return { a, b: a, sB: secret };
  if (permit.label.gap && !covers(permit.label, domain, identity)) throw new RangeError("permit of others");
  const n = labelPoint(permit.label, domain, identity);
  const bought = z === undefined ? permit.point : times(permit.point, z);
  return { a, b: a.add(n), sB: secret.add(bought) };
}

const nonce = (tape, label, sB, said) =>
  Transcript.of("NONCE")
    .with("for", label)
    .with("S_B", encode(sB))
    .with("context", said.bytes(64, "context"))
    .hedged(tape);

const hedge = (tape, label, secret, opening, v) =>
  Transcript.of("NONCE")
    .with("for", label)
    .with("secret", scalarBytes(secret))
    .with("y", opening)
    .with("V", encode(v))
    .hedged(tape);

/** x, U, W, y, V, and r and G of a key agreement. */
function begin(mode, what, tape) {
  const { a, b, sB } = keys(what);
  const { agrees } = MODES[mode];
  let said = context(mode, what);
  const begun = { a, b };
  if (agrees) {
    begun.r = nonce(tape, "r", sB, said);
    begun.g = times(a, begun.r);
    said = said.with("G", encode(begun.g));
  }
  begun.x = nonce(tape, "x", sB, said);
  begun.u = times(b, begun.x);
  said = said.with("U", encode(begun.u));
  if (what.permit) {
    begun.w = times(a, begun.x);
    said = said.with("W", encode(begun.w));
  }
  const y = agrees ? said.short("y") : said.challenge("y");
  begun.v = times(sB, -(begun.x + y));
  return { ...begun, said };
}

/** R, R', Rr, z and zr: what shows that x and r are known. */
function open({ a, b, x, r, v, w, said }, tape) {
  const opening = said.bytes(64, "opening");
  const rho = hedge(tape, "ρ", x, opening, v);
  const opened = { first: times(b, rho) };
  let hashed = Transcript.of("OPENING").with("y", opening).with("V", encode(v)).with("R", encode(opened.first));
  if (w) {
    opened.second = times(a, rho);
    hashed = hashed.with("R'", encode(opened.second));
  }
  let rhoR;
  if (r !== undefined) {
    rhoR = hedge(tape, "ρr", r, opening, v);
    opened.third = times(a, rhoR);
    hashed = hashed.with("Rr", encode(opened.third));
  }
  const c = number(hashed.bytes(16, "c"));
  opened.z = mod(rho + c * x);
  if (r !== undefined) opened.zr = mod(rhoR + c * r);
  return opened;
}

/** The parts of a message, their points in one of two forms. */
function parts({ u, v, w, g }, { first, second, third, z, zr }, form) {
  const all = [form(u), form(v), form(first), scalarBytes(z)];
  if (w) all.push(form(w), form(second));
  if (g) all.push(form(g), form(third), scalarBytes(zr));
  return concat(...all);
}

/**
 * A message, and what a key agreement goes on from. `what` has domain, server, identity, secret, and where there is one
 * permit, z, binding, challenge or time, message.
 */
export function prove(mode, what, tape) {
  const begun = begin(mode, what, tape);
  const opened = open(begun, tape);
  const form = MODES[mode].agrees ? uncompressed : encode;
  const message = concat(
    u8(2),
    u8(MODES[mode].byte),
    timed(what)[1],
    aim(what),
    what.identity,
    labelBytes(what.permit?.label),
    parts(begun, opened, form),
  );
  const { x, r, said } = begun;
  return { message, x, r, said: said.with("parts", parts(begun, opened, encode)) };
}

/** What is drawn for a proof that somebody else made, too. */
export const DRAWN = { proof: 64, agreement: 128 };

/** A device cookie's serial number. */
export const serial = (cookie) => number(fixed(number(cookie.slice(21, 29)), 8));
