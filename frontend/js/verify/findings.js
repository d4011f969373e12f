// What a check found. A finding has a code, whose sentence is `verify.say.CODE` in the catalogue.

/**
 * `problems` are the first examples of what is wrong, `more` how many others there are. `note` marks what is not wrong and not checked
 * either: only the reader can find it out. `detail` is what the program says of it, in English.
 * @typedef {{code: string, params: Record<string, string | number>, detail: string}} Said
 * @typedef {Said & {right: boolean, note: boolean, problems: Said[], more: number}} Finding
 */

const MOST = 3;

/** @param {string} code @param {Said['params']} [params] @param {string} [detail] @returns {Said} */
export const said = (code, params = {}, detail = '') => ({ code, params, detail });

/** @param {string} code @param {Said['params']} [params] @param {string} [detail] @returns {Finding} */
export const right = (code, params, detail) => ({ ...said(code, params, detail), right: true, note: false, problems: [], more: 0 });

/** @param {string} code @param {Said['params']} [params] @param {string} [detail] @returns {Finding} */
export const wrong = (code, params, detail) => ({ ...right(code, params, detail), right: false });

/** @param {string} code @param {Said['params']} [params] @returns {Finding} */
export const note = (code, params) => ({ ...right(code, params), note: true });

/** `NAME_right` if there are no problems, else `NAME_wrong` with the first of them. @param {string} name @param {Said['params']} params @param {Said[]} problems @returns {Finding} */
export const verdict = (name, params, problems) => (problems.length === 0 ? right(`${name}_right`, params)
  : { ...wrong(`${name}_wrong`, params), problems: problems.slice(0, MOST), more: Math.max(0, problems.length - MOST) });
