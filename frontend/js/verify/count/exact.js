// Integers and fractions of any size (BigInt), and floating point numbers whose distance from them is known.
import { RecountError } from './error.js';

/** A fraction; `under` is above 0. Not always in lowest terms. @typedef {{over: bigint, under: bigint}} Fraction */

/** How far, as a share of itself, a number that `nearest` gives can be from the fraction. */
export const NEAR = 2 ** -51;

const KEPT = 64; // bits, more than a floating point number has

/** An integer from a number or a bigint. Throws RecountError, which calls it `what`. @param {unknown} value @param {string} what @returns {bigint} */
export function whole(value, what) {
  if (typeof value === 'bigint') return value;
  if (!Number.isSafeInteger(value)) throw new RecountError(`${what} is not a whole number of at most 53 bits`);
  return BigInt(/** @type {number} */ (value));
}

/** The integer as a number if that holds it exactly. @param {bigint} value @returns {number | bigint} */
export function plain(value) {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Below 0, 0 or above 0, as `a` is less than, equal to or more than `b`. @param {Fraction} a @param {Fraction} b */
export function compare(a, b) {
  const [left, right] = [a.over * b.under, b.over * a.under];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** @param {bigint} a @param {bigint} b @returns {bigint} */
export function gcd(a, b) {
  while (b !== 0n) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
}

/** The fraction in lowest terms. @param {Fraction} fraction @returns {Fraction} */
export function lowest({ over, under }) {
  const common = gcd(under, over);
  return { over: over / common, under: under / common };
}

/** The fraction as text: `7` or `7/3`. @param {Fraction} fraction */
export function written(fraction) {
  const { over, under } = lowest(fraction);
  return under === 1n ? String(over) : `${over}/${under}`;
}

/**
 * A floating point number beside a fraction that is not below 0, wrong by less than NEAR of itself. Both integers may be larger than any
 * floating point number.
 * @param {bigint} over @param {bigint} under @returns {number}
 */
export function nearest(over, under) {
  const shift = KEPT + bits(under) - bits(over);
  const quotient = shift > 0 ? (over << BigInt(shift)) / under : over / (under << BigInt(-shift));
  return Number(quotient) * 2 ** -shift;
}

/** About how many binary digits, four too many at most. @param {bigint} value */
const bits = (value) => 4 * value.toString(16).length;
