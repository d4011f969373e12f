// Amounts of money as texts, in hundredths, exactly.
import { MalformedError } from '../ballotbox/bytes.js';

const AMOUNT = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?\s*$/;

/** A decimal number times 100, as an integer; what is smaller is left out. Throws MalformedError. @param {string} text @returns {number} */
export function hundredths(text) {
  const found = AMOUNT.exec(text);
  const digits = found ? found[2] + (found[3] ?? '') : '';
  if (!found || digits === '') throw new MalformedError(`${JSON.stringify(text)} is not an amount`);
  const power = Number(found[4] ?? 0) - (found[3] ?? '').length + 2;
  const whole = power >= 0 ? BigInt(digits) * 10n ** BigInt(power) : BigInt(digits) / 10n ** BigInt(-power);
  if (whole > Number.MAX_SAFE_INTEGER) throw new MalformedError(`${JSON.stringify(text)} is too large an amount`);
  return found[1] === '-' && whole > 0n ? -Number(whole) : Number(whole);
}
