// Key agreement (page, section 5).

import { timingSafeEqual } from "node:crypto";

import { concat, Reader, u8 } from "./bytes.js";
import { encode, g1, gtBytes, pairing, power, times } from "./curve.js";
import { prove } from "./login.js";
import { deviceKeyOf, serverPoint } from "./names.js";

export const start = (mode, what, tape) => prove(mode, what, tape);

/** Keys and confirmation, of the server's answer. `secret` is S, or z·S, without a permit. */
export function finish({ x, r, said }, { identity, server, secret }, answer) {
  const reader = new Reader(answer);
  reader.code(1, "version");
  const w = g1(reader.take(48));
  const confirmation = reader.take(32);
  reader.finish();
  const schedule = said.with("W'", encode(w));
  const h = schedule.short("h");
  const first = deviceKeyOf(identity) ?? serverPoint(server);
  const k = power(pairing(secret, first), r + h);
  const material = concat(gtBytes(k), encode(times(w, x)));
  const key = (label) => schedule.key(material, label);
  if (!timingSafeEqual(key("server confirmation"), confirmation)) throw new Error("not confirmed");
  return {
    confirmation: concat(u8(1), key("client confirmation")),
    clientToServer: key("client to server"),
    serverToClient: key("server to client"),
    exporter: key("exporter"),
  };
}
