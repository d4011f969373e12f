// Bytes and lengths of time as people say them.
import { number, t } from '../lib.js';

const SIZES = ['bytes', 'kb', 'mb', 'gb', 'tb'];
/** @type {[string, number][]} */
const TIMES = [['days', 86_400_000], ['hours', 3_600_000], ['minutes', 60_000], ['seconds', 1000]];

/** So many bytes in the largest unit that fits, with at most one decimal. @param {number} bytes */
export function size(bytes) {
  const step = bytes < 1000 ? 0 : Math.min(SIZES.length - 1, Math.floor(Math.log10(bytes) / 3));
  return t(`officer.well.size.${SIZES[step]}`, { number: number(Math.round((10 * bytes) / 1000 ** step) / 10) });
}

/** How long ago something was. @param {number} milliseconds */
export function ago(milliseconds) {
  const [unit, whole] = TIMES.find(([, least]) => milliseconds >= least) ?? ['seconds', 1000];
  return t(`officer.well.ago.${unit}`, { count: Math.max(0, Math.floor(milliseconds / whole)) });
}

/** A short time. @param {number} milliseconds */
export const length = (milliseconds) => (milliseconds < 1000 ? t('officer.well.time.ms', { number: number(milliseconds) }) : t('officer.well.time.s', { number: number(Math.round(milliseconds / 100) / 10) }));
