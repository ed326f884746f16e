// Pre-shared keys (page, section 8).

import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { concat, hex, str, u16, u8 } from "./bytes.js";
import { encode, gtBytes, H1, H2, pairing } from "./curve.js";
import { isEqualLogarithm } from "./issue.js";
import { escaped, principal, raw } from "./names.js";
import { Transcript } from "./transcript.js";

const ROLE = "PSK-IDENTITY";

export const firstPoint = (identity) => H1(ROLE, raw(identity));
export const secondPoint = (identity) => H2(ROLE, raw(identity));

export const stored = (kind, identity, ...rest) => concat(u8(1), u8(2), u8(kind), str(identity), ...rest);

/** Whether an issued key is one. */
export function isIssued({ identity, key, proof, commitment }) {
  const context = concat(str("MILAGRO-V1-ISSUED-KEY"), str("psk"), str(identity));
  return isEqualLogarithm({ context, key: commitment, pairs: [[firstPoint(identity), key]], proof });
}

function identityText({ domain, role, name, epoch }, lasting) {
  const head = `${hex(domain.slice(0, 4))}.${role[0]}`;
  const shown = escaped(name, /[A-Za-z0-9\-._~@]/);
  return lasting ? `u1.${head}.${shown}` : `m1.${head}.${epoch}.${shown}`;
}

/** What client and server share, by the client's key. */
export function pair({ client, server, key }) {
  const k = gtBytes(pairing(key, secondPoint(principal(server))));
  const said = Transcript.of("PSK").with("client", principal(client)).with("server", principal(server));
  return {
    identity: identityText(client, false),
    lasting: identityText(client, true),
    external: said.key(k, "external psk"),
    imported: (kdf, length) => {
      const context = said.bytes(32, "importer context");
      const identity = concat(str(identityText(client, false)), str(context), u16(0x0304), u16(kdf));
      return { identity, key: derived(said.key(k, "importable psk"), identity, length) };
    },
  };
}

/** RFC 9258, section 5.1; the label of RFC 8446, section 7.1. */
function derived(epsk, identity, length) {
  const label = "tls13 derived psk";
  const hash = sha256(identity);
  const info = concat(u16(length), u8(label.length), label, u8(hash.length), hash);
  return expand(sha256, extract(sha256, epsk, new Uint8Array(32)), info, length);
}

export { encode };
