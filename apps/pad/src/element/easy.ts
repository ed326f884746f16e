// PINs that somebody who finds a device tries first.

/** Whether a PIN is one digit repeated, a pair repeated, or a run up or down. */
export function isEasy(pin: string): boolean {
  const steps = new Set<number>();
  for (let at = 1; at < pin.length; at += 1) steps.add((Number(pin[at]) - Number(pin[at - 1]) + 10) % 10);
  const [step] = steps;
  if (steps.size === 1 && (step === 0 || step === 1 || step === 9)) return true;
  return pin.length % 2 === 0 && pin === pin.slice(0, 2).repeat(pin.length / 2);
}
