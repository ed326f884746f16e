// Fields, integers and lists of bytes (page, section 1).

const utf8 = new TextEncoder();

/** Text as UTF-8; bytes as they are. */
export const bytes = (value) => (typeof value === "string" ? utf8.encode(value) : value);

export const hex = (value) => Buffer.from(value).toString("hex");
export const unhex = (text) => new Uint8Array(Buffer.from(text, "hex"));

export function concat(...parts) {
  return new Uint8Array(Buffer.concat(parts.map(bytes)));
}

function big(value, length) {
  const out = new Uint8Array(length);
  let rest = BigInt(value);
  for (let at = length - 1; at >= 0; at -= 1) {
    out[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  if (rest !== 0n) throw new RangeError(`${value} has more than ${length} bytes`);
  return out;
}

export const u8 = (value) => big(value, 1);
export const u16 = (value) => big(value, 2);
export const u32 = (value) => big(value, 4);
export const u64 = (value) => big(value, 8);
export const fixed = big;

/** A number from big-endian bytes. */
export const number = (value) => (value.length === 0 ? 0n : BigInt(`0x${hex(value)}`));
/** A number from little-endian bytes. */
export const little = (value) => number(Uint8Array.from(value).reverse());
export const toLittle = (value, length) => big(value, length).reverse();

/** str(x): a length of two bytes, then x. */
export function str(value) {
  const body = bytes(value);
  return concat(u16(body.length), body);
}

/** Reads fields from the first byte to the last. */
export class Reader {
  constructor(source) {
    this.rest = source;
  }

  take(length) {
    if (length > this.rest.length) throw new RangeError("too few bytes");
    const taken = this.rest.slice(0, length);
    this.rest = this.rest.slice(length);
    return taken;
  }

  number(length) {
    return number(this.take(length));
  }

  small(length) {
    return Number(this.number(length));
  }

  str() {
    return this.take(this.small(2));
  }

  code(expected, what) {
    if (this.small(1) !== expected) throw new RangeError(`another ${what}`);
  }

  list(count, read) {
    return Array.from({ length: count }, () => read(this));
  }

  finish() {
    if (this.rest.length !== 0) throw new RangeError("bytes left over");
  }
}

/** Randomness of a case, front to back. */
export class Tape {
  constructor(source) {
    this.reader = new Reader(source);
  }

  draw(length) {
    return this.reader.take(length);
  }

  finish() {
    this.reader.finish();
  }
}
