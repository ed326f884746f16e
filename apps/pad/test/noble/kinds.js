// What each kind of the project's own vectors says, computed by a client that does what the page `test-vectors/CLIENTS.md`
// says and shares no code with the libraries.

import assert from "node:assert/strict";

import { concat, hex, Reader, Tape, u32, u64, u8, unhex } from "./bytes.js";
import * as ceremonies from "./ceremonies.js";
import { encode, P, pairing, same, scalar, times } from "./curve.js";
import { bytesFactor, changePin, passphraseFactor, pinFactor, split, unlock } from "./factors.js";
import * as full from "./full.js";
import * as issue from "./issue.js";
import { prove } from "./login.js";
import * as names from "./names.js";
import * as peer from "./peer.js";
import * as permits from "./permits.js";
import * as psk from "./psk.js";
import * as tokens from "./tokens.js";
import { Transcript } from "./transcript.js";

/** By the name of a file: what makes `out` of `in`, and which fields of it are given rather than made. */
export const kinds = new Map();

function define(name, run, { left = [] } = {}) {
  kinds.set(name, { run, left });
}

/** Whether a case is what this client makes of its inputs. */
export function check(name, { in: given, out }) {
  const { run, left } = kinds.get(name);
  const made = run(given, out);
  for (const [field, value] of Object.entries(made)) assert.deepEqual(shown(value), out[field], field);
  const missing = Object.keys(out).filter((field) => !(field in made) && !left.includes(field));
  assert.deepEqual(missing, [], "not computed");
}

const shown = (value) => {
  if (value instanceof Uint8Array) return hex(value);
  return Array.isArray(value) ? value.map(shown) : value;
};

define("transcript", ({ protocol, parts, label, secret, randomness }) => {
  const begun = new Transcript(protocol);
  const said = parts.reduce((all, part) => all.with(part.label, unhex(part.data)), begun);
  const fixed = (value, length) => unhex(value.toString(16).padStart(2 * length, "0"));
  return {
    bytes: said.bytes(32, label),
    challenge: fixed(said.challenge(label), 32),
    weights: said.weights(label, 3).map((weight) => fixed(weight, 16)),
    key: said.key(unhex(secret), label),
    hedged: fixed(said.hedged(new Tape(unhex(randomness))), 32),
  };
});

const label = ({ epoch, length, gap }) => ({ epoch, length, gap: gap?.map(unhex) });
const identified = (identity) => ({ identity, point: encode(names.identityPoint(identity)) });

define("names", (given) => {
  switch (given.what) {
    case "raw":
      return identified(names.raw(unhex(given.bytes)));
    case "device":
      return identified(names.device(given.application, given.user, unhex(given.device)));
    case "pseudonym":
      return identified(names.pseudonym(unhex(given.bytes)));
    case "device-key": {
      const pa = names.devicePublic(given.server, scalar(unhex(given.device_key)));
      return { ...identified(names.withDeviceKey(unhex(given.inner), pa)), public: encode(pa) };
    }
    case "server":
      return { point: encode(names.serverPoint(given.name)) };
    case "domain":
      return { id: names.domainId({ ...given, commitment: unhex(given.commitment) }) };
    case "leaf":
      return { leaf: names.leaf(unhex(given.identity), unhex(given.domain)) };
    case "permit-label": {
      const [domain, identity, of] = [unhex(given.domain), unhex(given.identity), label(given.permit)];
      const made = { point: encode(names.labelPoint(of, domain, identity)) };
      return of.gap ? { ...made, covers: names.covers(of, domain, identity) } : made;
    }
    case "principal": {
      const who = { ...given, domain: unhex(given.domain) };
      const identity = names.principal(who);
      return {
        identity,
        subject: names.raw(identity),
        spki: names.spki(identity),
        text: names.principalText(who),
        server_name: names.serverName(who),
      };
    }
    default:
      throw new Error(`unknown: ${given.what}`);
  }
});

/** The id of a domain of one authority. */
const alone = ({ domain, master }) =>
  names.domainId({
    name: domain,
    protocol: "mpin",
    threshold: 1,
    authorities: 1,
    commitment: encode(times(P, scalar(unhex(master)))),
  });

define("factors", ({ domain: name, master, identity: of, pin, others = [], new_pin }) => {
  const [identity, domain] = [unhex(of), alone({ domain: name, master })];
  const secret = times(names.identityPoint(identity), scalar(unhex(master)));
  const made = others.map((one) =>
    one.kind === "bytes"
      ? bytesFactor({ ...one, bytes: unhex(one.bytes) })
      : passphraseFactor({ ...one, salt: unhex(one.salt) }),
  );
  const factors = pin === undefined ? made : [pinFactor(pin), ...made];
  const token = split({ domain, identity, secret, factors });
  assert.ok(unlock(token, factors).equals(secret));
  const out = { domain, secret: encode(secret), token };
  return new_pin ? { ...out, changed_token: changePin(token, pinFactor(pin), pinFactor(new_pin)) } : out;
});

/** What a client has by the time that it logs in. */
function ready({ place, identity: of, device_key, pin, entered, permit: asked, binding, time, randomness }) {
  const [inner, domain, master] = [unhex(of), alone(place), scalar(unhex(place.master))];
  const z = device_key && scalar(unhex(device_key));
  const identity = z ? names.withDeviceKey(inner, names.devicePublic(place.server, z)) : inner;
  const issued = times(names.identityPoint(identity), master);
  const whole = z ? times(issued, z) : issued;
  const token = split({ domain, identity, secret: whole, factors: [pinFactor(pin)] });
  const out = { domain, identity, token };
  let permit;
  if (asked) {
    const point = times(names.labelPoint(label(asked), domain, identity), master);
    out.permit = names.permitBytes({ label: label(asked), point });
    permit = names.readPermit(out.permit);
  }
  const [kind] = Object.keys(binding ?? {});
  const what = {
    domain,
    server: place.server,
    identity,
    secret: unlock(token, [pinFactor(entered)]),
    permit,
    z,
    binding: binding && { [kind]: unhex(binding[kind]) },
    time,
  };
  return { what, out, tape: new Tape(unhex(randomness)) };
}

define("login", ({ mode, client, message }, { challenge }) => {
    const { what, out, tape } = ready(client);
    const asked = { ...what, challenge: challenge && unhex(challenge), message: message && unhex(message) };
    const proof = prove(mode, asked, tape);
    tape.finish();
    return { ...out, message: proof.message };
  },
  { left: ["accepted", "challenge"] },
);

define("full", ({ client, one_pass }, { challenge, server_hello }) => {
    const { what, out, tape } = ready(client);
    const mode = one_pass ? "full-one-pass" : "full";
    const begun = full.start(mode, { ...what, challenge: challenge && unhex(challenge) }, tape);
    tape.finish();
    const keys = full.finish(begun, what, unhex(server_hello));
    const altered = unhex(server_hello);
    altered[60] ^= 1;
    assert.throws(() => full.finish(begun, what, altered), /not confirmed/);
    return {
      ...out,
      client_hello: begun.message,
      client_confirmation: keys.confirmation,
      client_to_server: keys.clientToServer,
      server_to_client: keys.serverToClient,
      exporter: keys.exporter,
    };
  },
  { left: ["challenge", "server_hello", "server_has_the_same_keys"] },
);

define("issue", ({ subject, registrar, registrar_randomness, client_key, from, until, authority_randomness }, out) => {
    const domain = issue.readDomain(unhex(out.domain));
    const [purpose, asked, point] = subject.client
      ? [issue.PURPOSES.client, unhex(subject.client), names.identityPoint(unhex(subject.client))]
      : [issue.PURPOSES.server, names.raw(subject.server).slice(1), names.serverPoint(subject.server)];
    const x = scalar(unhex(registrar));
    const client = issue.clientPublic(unhex(client_key));
    const body = issue.grantBody({ purpose, domain: domain.id, client, from, until, subject: asked });
    const tape = new Tape(unhex(registrar_randomness));
    const grant = concat(body, issue.sign({ tag: "GRANT", message: body, x }, tape));
    tape.finish();
    assert.ok(issue.isSigned({ tag: "GRANT", message: body, key: times(P, x), signature: grant.slice(-64) }));
    const shares = out.sealed.map((sealed) => issue.unseal(unhex(sealed), grant, unhex(client_key)));
    const checked = shares.map((share) => issue.checkShare(share, { domain, purpose, point }));
    const secret = issue.combine(checked, domain);
    // Any t of them give the same.
    assert.ok(issue.combine(checked.toReversed(), domain).equals(secret));
    const altered = shares[0].with(-1, shares[0].at(-1) ^ 1);
    assert.throws(() => issue.checkShare(altered, { domain, purpose, point }));
    assert.equal(authority_randomness.length, shares.length);
    return {
      domain_id: domain.id,
      registrar_public: encode(times(P, x)),
      client_public: client,
      grant,
      shares,
      secret: encode(secret),
    };
  },
  { left: ["domain", "sealed"] },
);

define("permits", ({ registrar, revoked, identity: of, epoch, length }, out) => {
    const [identity, domain] = [unhex(of), issue.readDomain(unhex(out.domain))];
    const key = times(P, scalar(unhex(registrar)));
    const list = permits.readSignedList(unhex(out.signed_list), key);
    const leaves = revoked.map((one) => hex(names.leaf(unhex(one), domain.id)));
    assert.deepEqual(list.leaves.map((one) => one.toString(16).padStart(32, "0")), leaves.toSorted());
    const personal = permits.personalPermit(out.personal_shares.map(unhex), { domain, label: { epoch, length }, identity });
    const cover = permits.coverPermit(out.cover_shares.map(unhex), { domain, epoch, length, identity });
    const sixteen = (value) => unhex(value.toString(16).padStart(32, "0"));
    const gaps = permits.gaps(list.leaves).map((gap) => gap.map(sixteen));
    for (const batch of out.cover_batches) permits.readCoverBatch(unhex(batch), { domain, epoch, length, gaps });
    const bulletin = permits.readBulletin(unhex(out.bulletin), domain);
    assert.deepEqual(bulletin.records.map(({ gap }) => gap.map(hex)), gaps.map((gap) => gap.map(hex)));
    const altered = unhex(out.bulletin);
    altered[141] ^= 1;
    assert.throws(() => permits.readBulletin(altered, domain));
    const slices = out.slices.map(unhex);
    const found = [
      permits.find(bulletin, identity, domain),
      permits.findInSlices(unhex(out.slice_index), slices, identity, domain),
    ];
    const head = permits.headBytes({ domain, epoch, length, mark: list.mark, count: gaps.length });
    const records = concat(...bulletin.records.map(({ source }) => source));
    const all = unhex(out.bulletin).slice(head.length + records.length + 2);
    const proofs = Array.from({ length: all.length / 114 }, (_, at) => concat(u8(1), all.slice(114 * at, 114 * at + 114)));
    assert.deepEqual(proofs.map(hex), out.proof_shares.slice(0, proofs.length));
    return {
      leaf: names.leaf(identity, domain.id),
      list: concat(u8(1), domain.id, u32(leaves.length), ...leaves.toSorted().map(unhex)),
      list_mark: concat(u64(1), list.hash),
      personal_permit: names.permitBytes(personal),
      cover_permit: names.permitBytes(cover),
      draft: concat(head, records),
      found: found.map(names.permitBytes),
    };
  },
  {
    left: [
      "domain", "signed_list", "personal_shares", "cover_shares", "cover_batches", "proof_shares", "bulletin",
      "slice_index", "slices",
    ],
  },
);

define("psk", ({ domain: name, master, client, is_peer, server, epoch }, out) => {
    const s = scalar(unhex(master));
    const commitment = times(P, s);
    const domain = names.domainId({
      name,
      protocol: "psk",
      threshold: 1,
      authorities: 1,
      commitment: encode(commitment),
    });
    const alice = { domain, role: is_peer ? "peer" : "client", name: client, epoch };
    const bob = { domain, role: "server", name: server, epoch };
    const [a, b] = [names.principal(alice), names.principal(bob)];
    const [key, d2] = [times(psk.firstPoint(a), s), times(psk.secondPoint(b), s)];
    const proof = unhex(out.issued_key).slice(-64);
    assert.ok(psk.isIssued({ identity: a, key, proof, commitment }));
    assert.ok(!psk.isIssued({ identity: b, key, proof, commitment }));
    const shared = psk.pair({ client: alice, server: bob, key });
    const [short, long] = [shared.imported(1, 32), shared.imported(2, 48)];
    return {
      domain,
      anchor: concat(u8(1), u8(2), domain, encode(commitment)),
      issued_key: psk.stored(3, a, encode(key), proof),
      client_key: psk.stored(1, a, encode(key)),
      server_key: psk.stored(2, b, encode(d2)),
      psk_identity: shared.identity,
      lasting_psk_identity: shared.lasting,
      external_key: shared.external,
      imported_identity_sha256: short.identity,
      imported_key_sha256: short.key,
      imported_identity_sha384: long.identity,
      imported_key_sha384: long.key,
      server_has_the_same_key: same(pairing(key, psk.secondPoint(b)), pairing(psk.firstPoint(a), d2)),
    };
  });

define("peer", (given, out) => {
    const { domain: name, master, initiator, initiator_is_peer, responder, epoch } = given;
    const s = scalar(unhex(master));
    const commitment = times(P, s);
    const domain = names.domainId({ name, protocol: "agreement", threshold: 1, authorities: 1, commitment: encode(commitment) });
    const alice = { domain, role: initiator_is_peer ? "peer" : "client", name: initiator, epoch };
    const bob = { domain, role: "server", name: responder, epoch };
    const [a, b] = [names.principal(alice), names.principal(bob)];
    const [d1, d2] = [times(peer.firstPoint(a), s), times(peer.secondPoint(b), s)];
    const prologue = peer.prologueOf(given.prologue.map(unhex));
    const [ours, theirs] = [given.initiator_randomness, given.responder_randomness].map((bytes) => new Tape(unhex(bytes)));
    // Of the proof of its key.
    ours.draw(32);
    const proof = unhex(out.issued_key).slice(-64);
    assert.ok(peer.isIssued({ identity: a, key: d1, proof, commitment }));
    assert.ok(!peer.isIssued({ identity: b, key: d1, proof, commitment }));
    const own = { own: a, peer: bob, key: d1, prologue };
    const called = peer.call(own, ours);
    const answered = peer.answer({ own: b, key: d2, prologue }, called.bytes, theirs);
    const done = peer.finish(own, called, answered.bytes);
    for (const tape of [ours, theirs]) tape.finish();
    const altered = unhex(out.answer);
    altered[altered.length - 1] ^= 1;
    assert.throws(() => peer.finish(own, called, altered), /not confirmed/);
    assert.throws(() => peer.finish({ ...own, peer: alice }, called, answered.bytes));
    const exports = ({ exporter }) => peer.exported(exporter, given.export_label, unhex(given.export_context), given.export_length);
    return {
      domain,
      issued_key: peer.stored(3, a, encode(d1), proof),
      initiator_key: peer.stored(1, a, encode(d1)),
      responder_key: peer.stored(2, b, encode(d2)),
      call: called.bytes,
      answer: answered.bytes,
      confirmation: done.bytes,
      initiator_sends_under: done.toServer,
      initiator_receives_under: done.toClient,
      initiator_exports: exports(done),
      responder_sends_under: answered.toClient,
      responder_receives_under: answered.toServer,
      responder_exports: exports(answered),
    };
  });

define("tokens", ({ plan, epoch, count, keyed, client_randomness, redeemer, context, payload }, out) => {
    const schedule = tokens.readSigned(unhex(out.signed_schedule), unhex(out.signer_public));
    const [key] = schedule.keys;
    const slot = { epoch, serial: 0, opens: plan.origin + epoch * plan.length };
    assert.equal(hex(tokens.keyId(plan, slot, key.key)), hex(key.id));
    const tape = new Tape(unhex(client_randomness));
    const drawing = tokens.draw(key, { count, form: keyed ? 1 : 0, uses: plan.uses }, tape);
    tape.finish();
    // What the issuer does with its scalar, the last 32 bytes of its key.
    const answer = new Reader(unhex(out.response));
    answer.take(65);
    for (const { blinded } of drawing.state.waiting) {
      assert.equal(hex(tokens.evaluate(unhex(out.key).slice(-32), blinded)), hex(answer.take(32)));
    }
    const altered = unhex(out.response);
    altered[1] ^= 1;
    assert.throws(() => tokens.finish(drawing.state, altered), /another key/);
    const drawn = tokens.finish(drawing.state, unhex(out.response));
    const binding = { redeemer, context: unhex(context), payload: unhex(payload) };
    const redemptions = [];
    for (let token = drawn.at(-1); token; ) {
      const { request, rest } = tokens.redeem(token, binding);
      redemptions.push(request);
      token = rest;
    }
    const made = {
      public_key: key.key,
      key_id: key.id,
      schedule_digest: schedule.digest,
      request: drawing.request,
      pending: drawing.pending,
      tokens: drawn.map(tokens.tokenBytes),
      redemptions,
    };
    return keyed ? made : { ...made, bare_redemption: tokens.bare(drawn.at(-1)) };
  },
  { left: ["key", "schedule", "signer_public", "signed_schedule", "response", "taken"] },
);

define("ceremony", ceremonies.computed);
