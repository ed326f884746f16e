// What people do with a pad, whoever serves it.

/** Sets a device up at an address with a code. */
export async function enrol(page, address, pin) {
  await page.goto(address);
  await page.getByLabel("New PIN", { exact: true }).fill(pin);
  await page.getByLabel("New PIN again").fill(pin);
  await page.getByRole("button", { name: "Set up this device" }).click();
  await page.getByRole("heading", { name: "This device is set up" }).waitFor();
}

/** Types a PIN on the keypad, as on a telephone. */
export async function tap(page, pin) {
  const keys = page.getByRole("group", { name: "Keypad" });
  for (const digit of pin) await keys.getByRole("button", { name: digit, exact: true }).click();
}

export async function typePin(page, pin) {
  await page.getByLabel("PIN", { exact: true }).fill(pin);
  await page.keyboard.press("Enter");
}

/** Waits for an alert with these words, and reads it. */
export async function heard(page, words) {
  const alert = page.getByRole("alert").filter({ hasText: words });
  await alert.waitFor();
  return alert.textContent();
}
