// Identities, servers, domains, leaves, permit labels (page, section 2).

import { bytes, concat, fixed, hex, number, Reader, str, u16, u64, u8 } from "./bytes.js";
import { encode, g1, g2, H1, H2, inverse, times } from "./curve.js";
import { Transcript } from "./transcript.js";

export const raw = (name) => concat(u8(0), str(name));
export const pseudonym = (name) => concat(u8(1), str(name));
export const device = (application, user, own) => raw(concat(str(application), str(user), own));

/** The point of an identity. */
export const identityPoint = (identity) => H1("IDENTITY", identity);
export const serverPoint = (server) => H2("SERVER", str(server));

/** Pa of a device key for a server. */
export const devicePublic = (server, z) => times(serverPoint(server), inverse(z));
export const withDeviceKey = (inner, pa) => concat(u8(2), str(concat(inner, encode(pa))));

/** Pa of an identity that has one. */
export function deviceKeyOf(identity) {
  return identity[0] === 2 ? g2(identity.slice(-96)) : undefined;
}

export function readIdentity(reader) {
  const kind = reader.small(1);
  if (kind > 2) throw new RangeError("another kind");
  return concat(u8(kind), str(reader.str()));
}

export function domainId({ name, protocol, threshold, authorities, commitment }) {
  return Transcript.of("DOMAIN")
    .with("name", name)
    .with("protocol", protocol)
    .with("t, n", concat(u16(threshold), u16(authorities)))
    .with("sP", commitment)
    .bytes(32, "id");
}

export const leaf = (identity, domain) =>
  Transcript.of("LEAF").with("domain", domain).with("identity", identity).bytes(16, "leaf");

/** A label: { epoch, length } and, of a cover permit, { gap: [low, high] }. */
export function labelBytes(label) {
  if (!label) return u8(0);
  const { epoch, gap } = label;
  return gap ? concat(u8(2), u64(epoch), ...gap) : concat(u8(1), u64(epoch));
}

export function labelPoint({ epoch, length, gap }, domain, identity) {
  const head = concat(domain, u64(length), u64(epoch));
  return gap ? H1("COVER-PERMIT", concat(head, ...gap)) : H1("PERSONAL-PERMIT", concat(head, identity));
}

export function covers({ gap }, domain, identity) {
  const own = number(leaf(identity, domain));
  return number(gap[0]) <= own && own <= number(gap[1]);
}

export const permitBytes = ({ label, point }) =>
  concat(u8(1), labelBytes(label), u64(label.length), encode(point));

export function readPermit(source) {
  const reader = new Reader(source);
  reader.code(1, "version");
  const kind = reader.small(1);
  if (kind !== 1 && kind !== 2) throw new RangeError("no label");
  const epoch = reader.number(8);
  const gap = kind === 2 ? [reader.take(16), reader.take(16)] : undefined;
  if (gap && number(gap[0]) > number(gap[1])) throw new RangeError("no gap");
  const label = { epoch, length: reader.number(8), gap };
  const point = g1(reader.take(48));
  reader.finish();
  return { label, point };
}

const ROLES = { client: 1, server: 2, peer: 3 };

/** An identity of TLS. */
export const principal = ({ domain, role, name, epoch }) =>
  concat(u8(1), domain, u8(ROLES[role]), u64(epoch), str(name));

/** All but plain characters by their bytes. */
export function escaped(name, plain) {
  const shown = [...bytes(name)].map((byte) => {
    const character = String.fromCharCode(byte);
    const digits = byte.toString(16).toUpperCase().padStart(2, "0");
    return byte < 128 && plain.test(character) ? character : `%${digits}`;
  });
  return shown.join("");
}

export const principalText = ({ domain, role, name }) =>
  `milagro:${hex(domain)}:${role}:${escaped(name, /[A-Za-z0-9\-._~@:/]/)}`;

export function serverName(who) {
  const hash = Transcript.of("SERVER-NAME").with("principal", principal({ ...who, epoch: 0 })).bytes(32, "name");
  const bits = [...hash].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const digits = bits.match(/.{1,5}/g).map((five) => parseInt(five.padEnd(5, "0"), 2));
  return `${digits.map((digit) => "abcdefghijklmnopqrstuvwxyz234567"[digit]).join("")}.milagro-tls.invalid`;
}

/** Tag, length, content in DER. */
const der = (tag, ...content) => {
  const body = concat(...content);
  const { length } = body;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return concat(Uint8Array.of(tag, ...head), body);
};

/** An object identifier's number in digits of base 128. */
const base128 = (value) => {
  const digits = [];
  for (let rest = value; digits.length === 0 || rest > 0n; rest >>= 7n) {
    digits.unshift(Number(rest & 127n) | (digits.length === 0 ? 0 : 128));
  }
  return Uint8Array.from(digits);
};

export function spki(identity) {
  // 2.25 is one number: 2·40 + 25.
  const oid = der(0x06, fixed(105, 1), base128(12979169701846727654275657266834922712n));
  return der(0x30, der(0x30, oid), der(0x03, u8(0), identity));
}
