// What each case of ceremonies says: the messages of its sessions, and what comes of them (page, section 10).

import assert from "node:assert/strict";

import { unhex } from "./bytes.js";
import { documentOf, numbered, roster } from "./ceremony.js";
import { scalar } from "./curve.js";
import * as sessions from "./sessions.js";

const messagesOf = ({ said }) => said.map(({ bytes }) => bytes);

/** What comes out of a session that has a result. */
function ended(name, held) {
  const { domain, dealers, holders } = held.result();
  return {
    [`${name}_plan`]: held.plan,
    [`${name}_messages`]: messagesOf(held),
    [`${name}_domain`]: documentOf(domain),
    [`${name}_dealers`]: dealers,
    [`${name}_holders`]: holders,
  };
}

const given = (one) => ({ session: unhex(one.session), seeds: one.seeds.map(unhex) });

/** The names of what comes of a refresh. */
function refreshed(held) {
  const made = ended("refresh", held);
  return { refresh_plan: made.refresh_plan, refresh_messages: made.refresh_messages, refreshed_domain: made.refresh_domain };
}

/** What is said in a repair. */
const helped = (name, held) => ({ [`${name}_plan`]: held.plan, [`${name}_messages`]: messagesOf(held) });

function repaired(held, share) {
  assert.equal(held.repaired(), share);
  return helped("repair", held);
}

/** What comes of one case. */
export function computed(asked) {
  const keys = asked.member_keys.map((key) => scalar(unhex(key)));
  const founding = { name: asked.domain, threshold: asked.threshold, keys };
  const held = sessions.found({ ...founding, ...given(asked.found) });
  const [{ domain }, shares] = [held.result(), held.shares()];
  const now = { domain, keys, shares };
  const out = { roster: roster(numbered(keys)), plan: held.plan, messages: messagesOf(held), domain: documentOf(domain) };
  if (keys.length > 1) out.exclusion = held.seats[0].exclude("commit", keys.length).bytes;
  if (asked.refresh) {
    const refresh = sessions.refresh({ ...now, ...given(asked.refresh) });
    assert.equal(refresh.shares().length, keys.length);
    Object.assign(out, refreshed(refresh));
  }
  if (asked.repair) Object.assign(out, repaired(sessions.repair({ ...now, ...given(asked.repair) }), shares.at(-1)));
  if (asked.reshare) {
    const { threshold, receiver_keys, session } = asked.reshare;
    const receiverKeys = receiver_keys.map((key) => scalar(unhex(key)));
    Object.assign(out, ended("reshare", sessions.reshare({ ...now, ...given(session), threshold, receiverKeys })));
  }
  if (asked.disputed) {
    const lie = { by: keys.length, to: 1 };
    Object.assign(out, ended("disputed", sessions.found({ ...founding, ...given(asked.disputed), lie })));
  }
  if (asked.objected) {
    const lie = { by: 1, to: keys.length };
    Object.assign(out, helped("objected", sessions.repair({ ...now, ...given(asked.objected), lie })));
  }
  return out;
}
