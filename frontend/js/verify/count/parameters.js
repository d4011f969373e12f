// The parameters of the rules: what they are called, what values they take, and which they take by default.
import { RecountError } from './error.js';

/** @typedef {{read: (value: unknown, name: string) => any, otherwise?: unknown}} Parameter `otherwise`: the value where none is given; without, it must be */

/** @param {string} otherwise @param {...string} others @returns {Parameter} */
export const choice = (otherwise, ...others) => ({ otherwise, read: (value, name) => check([otherwise, ...others].includes(/** @type {string} */ (value)), value, name) });

/** @param {boolean} otherwise @returns {Parameter} */
export const toggle = (otherwise) => ({ otherwise, read: (value, name) => check(typeof value === 'boolean', value, name) });

/** A whole number, as a bigint. @param {bigint} least @param {bigint} [otherwise] @returns {Parameter} */
export const number = (least, otherwise) => ({
  otherwise,
  read: (value, name) => {
    const known = typeof value === 'bigint' || Number.isSafeInteger(value);
    return check(known && BigInt(/** @type {number} */ (value)) >= least, known ? BigInt(/** @type {number} */ (value)) : value, name);
  },
});

/** `none`, which is 0, or a text such as 1/3 or 0.5. @type {Parameter} */
export const share = {
  otherwise: 'none',
  read: (value, name) => {
    if (value === 'none') return { over: 0n, under: 1n };
    const [all, before, under, after] = /^(\d{1,9})(?:\/([1-9]\d{0,8})|\.(\d{1,9}))?$/.exec(String(value)) ?? [];
    check(all !== undefined, value, name);
    return after === undefined ? { over: BigInt(before), under: BigInt(under ?? 1) } : { over: BigInt(before + after), under: 10n ** BigInt(after.length) };
  },
};

/** All parameters of a rule, given or by default. Throws RecountError. @param {Record<string, Parameter>} known @param {Record<string, unknown>} given @returns {Record<string, any>} */
export function complete(known, given) {
  for (const name of Object.keys(given)) if (!Object.hasOwn(known, name)) throw new RecountError(`the rule has no parameter ${name}`);
  return Object.fromEntries(Object.entries(known).map(([name, parameter]) => {
    const value = Object.hasOwn(given, name) ? given[name] : parameter.otherwise;
    if (value === undefined) throw new RecountError(`the rule needs ${name}`);
    return [name, parameter.read(value, name)];
  }));
}

/** @template T @param {boolean} good @param {T} value @param {string} name @returns {T} */
function check(good, value, name) {
  if (!good) throw new RecountError(`${name} cannot be ${String(value)}`);
  return value;
}
