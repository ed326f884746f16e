// What all questions over HTTP have in common, whatever is asked.

import type { Bytes } from "./bytes";

/** Milliseconds after which nobody waits any longer. */
const PATIENCE = 10_000;

export const guarded = (): RequestInit => ({
  cache: "no-store",
  redirect: "error",
  referrerPolicy: "same-origin",
  signal: AbortSignal.timeout(PATIENCE),
});

/** Asks for bytes, once; what is longer is no answer. */
export async function octets(
  url: string,
  how: RequestInit,
  most: number,
): Promise<{ bytes: Bytes } | { status: number; retryAfter: number | undefined }> {
  const answer = await fetch(url, { ...guarded(), ...how });
  if (!answer.ok) return { status: answer.status, retryAfter: retryAfter(answer) };
  const bytes = new Uint8Array(await answer.arrayBuffer());
  return bytes.length > most ? { status: 502, retryAfter: undefined } : { bytes };
}

export function retryAfter(answer: Response): number | undefined {
  const after = Number(answer.headers.get("Retry-After") ?? Number.NaN);
  return Number.isFinite(after) && after >= 0 ? after : undefined;
}

export const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
