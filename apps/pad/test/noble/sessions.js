// Sessions of a ceremony, in which everybody speaks in turn (page, section 10).

import { coefficients, documentOf, Member, numbered, planOf, pointAt, round } from "./ceremony.js";
import { lagrange, mod, P, sum, times } from "./curve.js";
import { Transcript } from "./transcript.js";

const digestOf = (domain) => Transcript.of("DOMAIN").with("domain", documentOf(domain)).bytes(32, "digest");

/** One session: a plan, its members in the order in which they speak, and what they have said. */
class Session {
  constructor(about, members) {
    const { domain } = about;
    Object.assign(this, about);
    this.plan = planOf({ ...about, document: domain && documentOf(domain) });
    this.seats = members.map((one) => new Member({ ...one, plan: this.plan }));
    this.said = [];
    const [voters, receivers] = [this.voters, this.receivers].map((list) => list.map(({ id }) => id));
    const given = receivers.filter((id) => id !== this.seat);
    const rounds = [["join", receivers], ["commit", voters], ["open", voters], ["dispute", given]];
    const last = this.task === "repair" ? [["handOver", voters], ["object", [this.seat]]] : [["confirm", voters]];
    this.rounds = [...rounds, ...last];
  }

  of(step) {
    const all = this.said.filter((one) => one.step === step);
    return all.toSorted((one, other) => one.from - other.from);
  }

  /** Until nobody has more to say. */
  hold() {
    for (let heard = -1; heard < this.said.length; ) {
      heard = this.said.length;
      for (const member of this.seats) {
        const message = this.turn(member);
        if (message) this.said.push(message);
      }
    }
    return this;
  }

  /** What a member says next: in the first round that is not over. */
  turn(member) {
    const open = this.rounds.find(([step, expected]) => this.of(step).length < expected.length);
    if (!open) return undefined;
    const [step, expected] = open;
    const number = member.number(step);
    const due = expected.includes(number) && !this.of(step).some(({ from }) => from === number);
    return due ? this.message(step, member) : undefined;
  }

  message(step, member) {
    switch (step) {
      case "join":
        return member.join();
      case "commit":
        member.opening = member.open({ ...this, joined: this.joined(), receivers: this.addresses() });
        return member.commit({ opening: member.opening, joined: this.joined() });
      case "open":
        return member.opening;
      case "dispute": {
        const expected = (opening) => pointAt(opening, member.receiver);
        return member.dispute(step, { opened: this.opened(), messages: this.of("open"), expected });
      }
      case "confirm":
        return member.confirm({ digest: digestOf(this.result().domain), counted: this.said.filter((one) => one.step !== step) });
      case "handOver": {
        const holder = this.of("join").find(({ to }) => to === this.seat);
        return member.handOver({ opened: this.opened(), holder, value: this.value(member) });
      }
      default: {
        const expected = ({ from }) => this.pointOfSum(from);
        const said = member.dispute(step, { opened: this.opened(), messages: this.of("handOver"), expected });
        return said.against.length > 0 ? said : undefined;
      }
    }
  }

  /** Those who are dealt to: in a repair not the holder of the seat. */
  addresses() {
    return this.of("join").filter(({ to }) => to !== this.seat);
  }

  joined() {
    return round(this.plan, "join", this.of("join"));
  }

  opened() {
    return round(this.plan, "open", this.of("open"));
  }

  /** Openings in the result, with their coefficients. */
  parts() {
    const out = this.of("dispute").flatMap(({ against }) => against);
    const left = this.of("open").filter(({ from }) => !out.includes(from));
    const most = this.task === "reshare" || this.task === "repair" ? this.domain.threshold : left.length;
    const openings = left.slice(0, most);
    const weights = coefficients(this.task, openings.map(({ from }) => from), this.seat);
    return openings.map((opening) => ({ opening, weight: weights.get(opening.from) }));
  }

  /** The sum at a number, times P. */
  pointOfSum(id) {
    return sum(this.parts().map(({ opening, weight }) => times(pointAt(opening, id), weight)));
  }

  /** A receiver's value of the sum. */
  value(member) {
    const dealt = this.parts().map(({ opening, weight }) => weight * member.unmask(opening.envelope));
    return mod(dealt.reduce((all, one) => all + one, 0n));
  }

  /** The domain that comes out, by whom, and for whom. */
  result() {
    const { task, domain: old, threshold, members } = this;
    const added = (id) => {
      const point = this.pointOfSum(id);
      return task === "refresh" ? point.add(old.keys[id - 1]) : point;
    };
    const keys = Array.from({ length: members }, (_, at) => added(at + 1));
    const domain = old
      ? { ...old, threshold, generation: old.generation + 1, keys }
      : { name: this.name, founded: { threshold, members }, threshold, generation: 0, commitment: added(0), keys };
    return { domain, dealers: this.parts().map(({ opening }) => opening.from), holders: this.of("dispute").map(({ from }) => from) };
  }

  /** What the holders have now, which fits the domain. */
  shares() {
    const { domain } = this.result();
    return this.seats.map((member) => {
      const share = mod(this.value(member) + (this.task === "refresh" ? member.held : 0n));
      if (!times(P, share).equals(domain.keys[member.receiver - 1])) throw new Error("no share");
      return share;
    });
  }

  /** The share of the seat, of what its holder was handed. */
  repaired() {
    const holder = this.seats.find(({ receiver }) => receiver === this.seat);
    const handed = this.of("handOver");
    const weights = lagrange(handed.map(({ from }) => from));
    return mod(handed.reduce((all, { envelope }, at) => all + weights[at] * holder.unmask(envelope), 0n));
  }
}

const both = (keys, seeds, held = []) =>
  keys.map((key, at) => ({ voter: at + 1, receiver: at + 1, key, seed: seeds[at], held: held[at] }));

/** Who lies to whom, by their numbers. */
const lying = (members, lie) => (lie ? members.map((one) => ({ ...one, lie: one.voter === lie.by ? lie.to : undefined })) : members);

/** Everybody founds a domain. */
export function found({ session, name, threshold, keys, seeds, lie }) {
  const all = numbered(keys);
  const about = { session, task: "found", name, threshold, members: keys.length, voters: all, receivers: all };
  return new Session(about, lying(both(keys, seeds), lie)).hold();
}

/** Everybody gets another share of the same key. */
export function refresh({ session, domain, keys, shares, seeds }) {
  const all = numbered(keys);
  const { threshold } = domain;
  const about = { session, task: "refresh", threshold, members: keys.length, domain, voters: all, receivers: all };
  return new Session(about, both(keys, seeds, shares)).hold();
}

/** Others get shares of the same key; those who are in both rosters speak first. */
export function reshare({ session, domain, keys, shares, receiverKeys, threshold, seeds }) {
  const [voters, receivers] = [numbered(keys), numbered(receiverKeys)];
  const place = (key) => receiverKeys.indexOf(key) + 1 || undefined;
  const old = keys.map((key, at) => ({ voter: at + 1, receiver: place(key), key, held: shares[at] }));
  const others = receiverKeys.filter((key) => !keys.includes(key)).map((key) => ({ receiver: place(key), key }));
  const members = [...old, ...others].map((one, at) => ({ ...one, seed: seeds[at] }));
  const about = { session, task: "reshare", threshold, members: receivers.length, domain, voters, receivers };
  return new Session(about, members).hold();
}

/** The first t give the last one its share again. */
export function repair({ session, domain, keys, shares, seeds, lie }) {
  const { threshold } = domain;
  const [all, seat] = [numbered(keys), keys.length];
  const helpers = both(keys, seeds, shares).slice(0, threshold);
  const holder = { receiver: seat, key: keys.at(-1), seed: seeds[threshold] };
  const voters = all.slice(0, threshold);
  const about = { session, task: "repair", seat, threshold, members: keys.length, domain, voters, receivers: [...voters, all.at(-1)] };
  return new Session(about, lying([...helpers, holder], lie)).hold();
}
