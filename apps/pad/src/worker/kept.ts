// What device and enrolment both know.

import type { Bytes } from "./bytes";

/** The name of the record with the key of an enrolment. */
export const ENROLMENT = "enrolment";
/** Bytes of the id of a domain. */
export const DOMAIN = 32;

/** A device that is enrolled. */
export interface Enrolled {
  token: Bytes;
  /** The device cookie of the login service. */
  cookie: Bytes;
  /** The server that the device was enrolled for: none but it is answered. */
  server: Bytes;
  identity: Bytes;
  domain: Bytes;
  user: string;
}

/** What a login has to answer, and to bring. */
export interface Challenge {
  challenge: Bytes;
  domain: Bytes;
  server: Bytes;
  /** What is said of permits; nothing where none is needed. */
  permit: unknown;
}
