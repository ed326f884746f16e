// The messages of members of a ceremony (page, section 10).

import { concat, str, u16, u64, u8 } from "./bytes.js";
import { encode, lagrange, mod, P, scalar, scalarBytes, sum, times } from "./curve.js";
import { sign, signEqual } from "./issue.js";
import { Transcript } from "./transcript.js";

const GROUP = "BLS12381G1";
export const TASKS = { found: 0, refresh: 1, reshare: 2, repair: 3 };
export const STEPS = { join: 0, commit: 1, open: 2, dispute: 3, confirm: 4, handOver: 5, object: 6, exclude: 7 };
const OF_RECEIVERS = ["join", "dispute", "object"];

/** Of members, each with its number and its public key. */
export const roster = (members) =>
  concat(u8(1), u16(members.length), ...members.flatMap(({ id, public: key }) => [u16(id), encode(key)]));

/** Numbers from 1 on, for secret keys. */
export const numbered = (keys) => keys.map((key, at) => ({ id: at + 1, public: times(P, key) }));

/** The digest of a plan. */
export function planOf({ session, task, seat = 0, name = "", threshold, members, document = "", voters, receivers }) {
  const head = concat(session, str("mpin"), str(GROUP), u8(TASKS[task]), u16(seat), str(name), u16(threshold), u16(members));
  return Transcript.of("CEREMONY-PLAN")
    .with("head", head)
    .with("domain", document)
    .with("voters", roster(voters))
    .with("dealers", concat(...voters.map(({ id }) => u16(id))))
    .with("receivers", roster(receivers))
    .bytes(32, "plan");
}

/** The document of a domain, of a new one or of a later generation. */
export const documentOf = ({ name, founded, threshold, generation, commitment, keys }) =>
  concat(
    ...[u8(1), str("mpin"), str(GROUP), str(name), u16(founded.threshold), u16(founded.members)],
    ...[u16(threshold), u16(keys.length), u64(generation), encode(commitment), ...keys.map(encode)],
  );

/** J or O: the hash of the messages of a round. */
export const round = (plan, step, messages) =>
  messages
    .toSorted((one, other) => one.from - other.from)
    .reduce(
      (all, { from, digest }) => all.with("from", u16(from)).with("message", digest),
      Transcript.of("CEREMONY-ROUND").with("plan", plan).with("step", u8(STEPS[step])),
    )
    .bytes(32, "hash");

const valueAt = (coefficients, id) => coefficients.reduceRight((value, one) => mod(value * BigInt(id) + one), 0n);

/** The value of what is committed to at a number, times P; without C₀ in a refresh. */
export const pointAt = ({ commitments, skip }, id) =>
  sum(commitments.map((one, power) => times(one, BigInt(id) ** BigInt(power + skip))));

/** What hides a value for one receiver, of the point that the two have agreed on. */
const maskOf = ({ context, e }, { to, key, agreed }) =>
  Transcript.of("CEREMONY-MASK")
    .with("context", context)
    .with("to", u16(to))
    .with("E", encode(e))
    .with("X", encode(key))
    .with("agreed", encode(agreed))
    .challenge("mask");

/** A member: its numbers among those who vote and among those who receive, what it draws from, and what it holds. */
export class Member {
  constructor({ voter, receiver, key, seed, held, lie, plan }) {
    Object.assign(this, { voter, receiver, key, held, lie, plan });
    this.drawn = Transcript.of("CEREMONY-SEED").with("seed", seed).with("plan", plan);
    this.hedge = { draw: () => this.drawn.bytes(32, "hedge") };
    this.x = this.draw("session key");
    this.public = times(P, this.x);
  }

  draw(label, over = "") {
    return this.drawn.with(label, over).challenge("secret");
  }

  number(step) {
    return OF_RECEIVERS.includes(step) ? this.receiver : this.voter;
  }

  place(step) {
    return concat(this.plan, u8(STEPS[step]), u16(this.number(step)));
  }

  proof(tag, message, x) {
    return sign({ tag: `CEREMONY-${tag}`, message, x }, this.hedge);
  }

  say(step, body, what = {}) {
    const said = Transcript.of("CEREMONY-MESSAGE").with("place", this.place(step)).with("body", body);
    const digest = said.bytes(32, "digest");
    const signature = this.proof("SIGNATURE", digest, this.key);
    const bytes = concat(u8(1), this.place(step), body, signature);
    return { ...what, step, from: this.number(step), digest, bytes };
  }

  join() {
    const proof = this.proof("SESSION-KEY", this.place("join"), this.x);
    return this.say("join", concat(encode(this.public), proof), { to: this.receiver, key: this.public });
  }

  /** What its polynomial commits to, and the values for receivers, in a task. */
  deal(task, threshold) {
    const constant = { found: () => this.draw("coefficient", u16(0)), refresh: () => 0n }[task] ?? (() => this.held);
    const others = Array.from({ length: threshold - 1 }, (_, at) => this.draw("coefficient", u16(at + 1)));
    this.coefficients = [constant(), ...others];
    const skip = task === "refresh" ? 1 : 0;
    return { commitments: this.coefficients.slice(skip).map((one) => times(P, one)), skip };
  }

  /** An envelope for those who have joined, with what stands before it. A liar is wrong by one for its victim. */
  seal(step, { seen, content, ephemeral, values }) {
    const context = Transcript.of("CEREMONY-ENVELOPE").with("place", this.place(step)).with("seen", seen).bytes(32, "context");
    const e = times(P, ephemeral);
    const masked = new Map();
    for (const { to, key, value } of values) {
      const mask = maskOf({ context, e }, { to, key, agreed: times(key, ephemeral) });
      masked.set(to, scalarBytes(value + mask + (to === this.lie ? 1n : 0n)));
    }
    const list = [...masked].map(([to, value]) => concat(u16(to), value));
    const proof = this.proof("EPHEMERAL", concat(context, str(content), ...list), ephemeral);
    return { context, e, masked, bytes: concat(encode(e), u16(list.length), ...list, proof) };
  }

  open({ task, threshold, joined, receivers }) {
    const dealt = this.deal(task, threshold);
    const possession = task === "found" ? this.proof("POSSESSION", this.place("open"), this.coefficients[0]) : "";
    const content = concat(joined, ...dealt.commitments.map(encode), possession);
    const values = receivers.map(({ to, key }) => ({ to, key, value: valueAt(this.coefficients, to) }));
    const envelope = this.seal("open", { seen: joined, content, ephemeral: this.draw("ephemeral key"), values });
    return this.say("open", concat(content, envelope.bytes), { ...dealt, envelope, body: concat(content, envelope.bytes) });
  }

  commit({ opening, joined }) {
    const hash = Transcript.of("CEREMONY-COMMITMENT")
      .with("place", this.place("open"))
      .with("opening", opening.body)
      .bytes(32, "commitment");
    return this.say("commit", concat(joined, hash));
  }

  /** What it was sent in an envelope, with the mask off. */
  unmask(envelope) {
    const agreed = times(envelope.e, this.x);
    const mask = maskOf(envelope, { to: this.receiver, key: this.public, agreed });
    return mod(scalar(envelope.masked.get(this.receiver)) - mask);
  }

  /** Of the messages whose value for it is not the one behind the point that is expected. */
  dispute(step, { opened, messages, expected }) {
    const wrong = messages.filter((one) => !times(P, this.unmask(one.envelope)).equals(expected(one)));
    const shown = wrong.map(({ from, digest, envelope: { context, e, masked } }) => {
      const message = concat(context, u16(this.receiver), masked.get(this.receiver));
      const proof = signEqual({ tag: "CEREMONY-SHOWN", message, x: this.x, base: e }, this.hedge);
      return concat(u16(from), digest, encode(times(e, this.x)), proof);
    });
    return this.say(step, concat(opened, u16(shown.length), ...shown), { against: wrong.map(({ from }) => from) });
  }

  confirm({ digest, counted }) {
    const listed = counted
      .toSorted((one, other) => STEPS[one.step] - STEPS[other.step] || one.from - other.from)
      .map((one) => concat(u8(STEPS[one.step]), u16(one.from), one.digest));
    return this.say("confirm", concat(digest, u16(listed.length), ...listed));
  }

  /** Its value of the sum, for the holder of the seat alone. */
  handOver({ opened, holder, value }) {
    const ephemeral = this.draw("hand-over key", opened);
    const values = [{ ...holder, value }];
    const envelope = this.seal("handOver", { seen: opened, content: "", ephemeral, values });
    return this.say("handOver", concat(opened, envelope.bytes), { envelope });
  }

  exclude(step, member) {
    return this.say("exclude", concat(u8(STEPS[step]), u16(member)));
  }
}

/** A coefficient for each dealer, by its number. */
export function coefficients(task, dealers, seat) {
  if (task === "found" || task === "refresh") return new Map(dealers.map((id) => [id, 1n]));
  const weights = lagrange(dealers, task === "repair" ? seat : 0);
  return new Map(dealers.map((id, at) => [id, weights[at]]));
}
