// The messages of a ceremony that founds a domain, of keys and seeds (page, section 10).

import { concat, str, u16, u64, u8 } from "./bytes.js";
import { encode, mod, P, scalarBytes, sum, times } from "./curve.js";
import { sign } from "./issue.js";
import { Transcript } from "./transcript.js";

const GROUP = "BLS12381G1";
const STEPS = { join: 0, commit: 1, open: 2, dispute: 3, confirm: 4, exclude: 7 };

export const roster = (keys) =>
  concat(u8(1), u16(keys.length), ...keys.flatMap((key, at) => [u16(at + 1), encode(times(P, key))]));

function planOf({ session, name, threshold, keys }) {
  const own = roster(keys);
  const head = concat(session, str("mpin"), str(GROUP), u8(0), u16(0), str(name), u16(threshold), u16(keys.length));
  return Transcript.of("CEREMONY-PLAN")
    .with("head", head)
    .with("domain", "")
    .with("voters", own)
    .with("dealers", concat(...keys.map((_, at) => u16(at + 1))))
    .with("receivers", own)
    .bytes(32, "plan");
}

/** What one member draws and says. */
class Member {
  constructor({ id, key, seed, plan }) {
    Object.assign(this, { id, key, plan });
    this.drawn = Transcript.of("CEREMONY-SEED").with("seed", seed).with("plan", plan);
    this.hedge = { draw: () => this.drawn.bytes(32, "hedge") };
  }

  draw(label, over = "") {
    return this.drawn.with(label, over).challenge("secret");
  }

  place(step) {
    return concat(this.plan, u8(step), u16(this.id));
  }

  proof(tag, message, x) {
    return sign({ tag: `CEREMONY-${tag}`, message, x }, this.hedge);
  }

  say(step, body) {
    const said = Transcript.of("CEREMONY-MESSAGE").with("place", this.place(step)).with("body", body);
    const digest = said.bytes(32, "digest");
    const signature = this.proof("SIGNATURE", digest, this.key);
    return { step, from: this.id, digest, bytes: concat(u8(1), this.place(step), body, signature) };
  }

  join() {
    this.x = this.draw("session key");
    this.public = times(P, this.x);
    const proof = this.proof("SESSION-KEY", this.place(STEPS.join), this.x);
    return this.say(STEPS.join, concat(encode(this.public), proof));
  }

  /** The body of the opening. */
  opening(joined, threshold, receivers) {
    const coefficients = Array.from({ length: threshold }, (_, at) => this.draw("coefficient", u16(at)));
    this.commitments = coefficients.map((one) => times(P, one));
    const place = this.place(STEPS.open);
    const possession = this.proof("POSSESSION", place, coefficients[0]);
    const content = concat(joined, ...this.commitments.map(encode), possession);
    const context = Transcript.of("CEREMONY-ENVELOPE").with("place", place).with("seen", joined).bytes(32, "context");
    const ephemeral = this.draw("ephemeral key");
    const e = encode(times(P, ephemeral));
    const masked = receivers.map((to) => {
      const mask = Transcript.of("CEREMONY-MASK")
        .with("context", context)
        .with("to", u16(to.id))
        .with("E", e)
        .with("X", encode(to.public))
        .with("agreed", encode(times(to.public, ephemeral)))
        .challenge("mask");
      const share = coefficients.reduceRight((value, one) => mod(value * BigInt(to.id) + one), 0n);
      return concat(u16(to.id), scalarBytes(share + mask));
    });
    const proof = this.proof("EPHEMERAL", concat(context, str(content), ...masked), ephemeral);
    return concat(content, e, u16(masked.length), ...masked, proof);
  }

  commit(joined) {
    const hash = Transcript.of("CEREMONY-COMMITMENT")
      .with("place", this.place(STEPS.open))
      .with("opening", this.opened)
      .bytes(32, "commitment");
    return this.say(STEPS.commit, concat(joined, hash));
  }
}

/** The hash of the messages of a round. */
const round = (plan, step, messages) =>
  messages
    .reduce(
      (all, { from, digest }) => all.with("from", u16(from)).with("message", digest),
      Transcript.of("CEREMONY-ROUND").with("plan", plan).with("step", u8(step)),
    )
    .bytes(32, "hash");

function documentOf({ name, threshold, members }) {
  const size = concat(u16(threshold), u16(members.length));
  const at = (id) =>
    sum(members.map(({ commitments }) => sum(commitments.map((one, power) => times(one, BigInt(id) ** BigInt(power))))));
  const keys = members.map(({ id }) => encode(at(id)));
  return concat(u8(1), str("mpin"), str(GROUP), str(name), size, size, u64(0), encode(at(0)), ...keys);
}

/** Everybody is honest, and speaks in turn. */
export function found({ session, name, threshold, keys, seeds }) {
  const plan = planOf({ session, name, threshold, keys });
  const members = keys.map((key, at) => new Member({ id: at + 1, key, seed: seeds[at], plan }));
  const joins = members.map((member) => member.join());
  const joined = round(plan, STEPS.join, joins);
  for (const member of members) member.opened = member.opening(joined, threshold, members);
  const commits = members.map((member) => member.commit(joined));
  const opens = members.map((member) => member.say(STEPS.open, member.opened));
  const opened = round(plan, STEPS.open, opens);
  const disputes = members.map((member) => member.say(STEPS.dispute, concat(opened, u16(0))));
  const domain = documentOf({ name, threshold, members });
  const digest = Transcript.of("DOMAIN").with("domain", domain).bytes(32, "digest");
  const counted = [...joins, ...commits, ...opens, ...disputes];
  const listed = counted.map((one) => concat(u8(one.step), u16(one.from), one.digest));
  const confirms = members.map((member) =>
    member.say(STEPS.confirm, concat(digest, u16(counted.length), ...listed)),
  );
  const exclusion = members[0].say(STEPS.exclude, concat(u8(STEPS.commit), u16(members.length)));
  return { plan, domain, exclusion, messages: [...counted, ...confirms] };
}
