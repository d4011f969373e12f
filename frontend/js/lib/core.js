// Words, money, addresses, the API and the one live region: what every page needs and nothing that draws.

/** The page's language, as in its address. */
export const lang = document.body.dataset.lang ?? 'en';
/** The name in the brand band. */
export const partnership = document.body.dataset.partnership ?? '';

const english = lang === 'en' || lang === 'qps';
const numbersLike = english || Intl.NumberFormat.supportedLocalesOf(lang).length === 0 ? 'en-GB' : lang;
const latin = `${numbersLike}-u-nu-latn`;
/** What the API is asked to answer in. */
const spoken = lang === 'qps' ? 'en' : lang;

/** @type {Record<string, string>} */
let words = {};

/** Load the page's words; `page()` does this before anything is drawn. */
export async function loadWords() {
  const link = /** @type {HTMLLinkElement} */ (document.getElementById('words'));
  words = await (await fetch(link.href)).json();
}

const plurals = new Intl.PluralRules(Intl.PluralRules.supportedLocalesOf(lang).length ? lang : 'en');

/** The plural form of a whole number; Welsh by hand, because browsers do not know it. @param {number} n */
function pluralForm(n) {
  if (lang === 'cy') return { 0: 'zero', 1: 'one', 2: 'two', 3: 'few', 6: 'many' }[n] ?? 'other';
  return plurals.select(n);
}

/** Is there a text for this key (in any plural form)? @param {string} key */
export const knows = (key) => key in words || `${key}.other` in words;

/** @param {string} key @param {Record<string, unknown>} params */
function template(key, params) {
  const n = params.count;
  if (typeof n !== 'number') return words[key] ?? key;
  const zero = n === 0 ? words[`${key}.zero`] : undefined;
  return zero ?? words[`${key}.${pluralForm(n)}`] ?? words[`${key}.other`] ?? words[key] ?? key;
}

/** An exact amount of pence, "12345/7" or plain, rounded up to a whole penny. @param {string | number} exact */
export function wholePence(exact) {
  const [above, below = '1'] = String(exact).split('/');
  return Math.ceil(Number(above) / Number(below));
}

/** @param {unknown} value @param {string | undefined} kind */
function shown(value, kind) {
  if (kind === 'money') return money(wholePence(/** @type {string | number} */ (value)));
  return typeof value === 'number' ? number(value) : value ?? '';
}

/**
 * The text of a key. `{name}` is replaced by a parameter, `{name:money}` by that many pence as money; `count` chooses
 * the plural form (and `.zero`, where there is one, for nought).
 * @param {string} key @param {Record<string, unknown>} [params] @returns {string}
 */
export function t(key, params = {}) {
  return template(key, params).replace(/\{([a-z_]+)(?::(money))?\}/g, (_, name, kind) => String(shown(params[name], kind)));
}

/**
 * The same for texts with markup inside: parameters may be lit templates, and the answer is a list to render.
 * @param {string} key @param {Record<string, unknown>} params @returns {unknown[]}
 */
export function tx(key, params) {
  return template(key, params)
    .split(/(\{[a-z_]+(?::money)?\})/)
    .map((part) => {
      const found = /^\{([a-z_]+)(?::(money))?\}$/.exec(part);
      return found ? shown(params[found[1]], found[2]) : part;
    });
}

let ownCurrency = 'GBP';
/** Every amount from here on is in this currency. @param {string} code */
export const setCurrency = (code) => { ownCurrency = code; };

/** @type {Map<string, Intl.NumberFormat>} */
const formats = new Map();
/** @param {string} key @param {Intl.NumberFormatOptions} options */
function format(key, options) {
  const made = formats.get(key) ?? new Intl.NumberFormat(latin, options);
  formats.set(key, made);
  return made;
}

/** Pence as money, without pennies when there are none: 2500000 is "£25,000". @param {number} pence @param {string} [currency] */
export function money(pence, currency = ownCurrency) {
  const digits = pence % 100 === 0 ? 0 : 2;
  return format(`${currency}${digits}`, { style: 'currency', currency, minimumFractionDigits: digits, maximumFractionDigits: digits })
    .format(pence / 100);
}
/** @param {number} n */
export const number = (n) => format('n', {}).format(n);
/** A share of one as a whole percentage. @param {number} share */
export const percent = (share) => format('%', { style: 'percent', maximumFractionDigits: 0 }).format(share);

/** What a person typed as pounds, in pence; null when it is not an amount. @param {string} text @returns {number | null} */
export function pence(text) {
  const plain = text.replace(/[\s£€$]/g, '');
  const found = /^(\d{1,9}|\d{1,3}(?:,\d{3}){1,2})(?:\.(\d{1,2}))?$/.exec(plain); // "12,50" is refused, not 1,250
  return found ? Number(found[1].replaceAll(',', '')) * 100 + Number((found[2] ?? '').padEnd(2, '0')) : null;
}

/** The address of a page in this language: `path('r', slug, 'vote')`. @param {...(string | number)} parts */
export const path = (...parts) => `/${lang}/${parts.map(encodeURIComponent).join('/')}`;

/** @param {string} part of an address, which anybody can mistype */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** What the address names: `{round, forum, number}`, each "" when it is not there. */
export const params = (() => {
  const parts = location.pathname.split('/').filter(Boolean).map(decoded);
  const after = (/** @type {string} */ name) => parts[parts.indexOf(name, 1) + 1] ?? '';
  const named = (/** @type {string} */ name) => (parts.includes(name, 1) ? after(name) : '');
  return { round: named('r'), forum: named('f'), number: Number(named('proposals')) || 0 };
})();

/**
 * A thing that is wrong or missing. @typedef {{code: string, params: Record<string, string | number>, detail: string, field: string}} Reason
 * A moment as the server writes it. @typedef {{at: string, day: string, date: string, time: string, local: string}} Instant
 */

/** An answer that is a problem; `status` 0 means that the server was not reached. */
export class Problem extends Error {
  /** @param {number} status @param {string} code @param {string} detail @param {Reason[]} [reasons] */
  constructor(status, code, detail, reasons = []) {
    super(detail);
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.reasons = reasons;
  }
}

/**
 * Ask the API; the answer's JSON (null for 204), or a Problem is thrown.
 * @param {'GET'|'POST'|'PUT'|'DELETE'} method @param {string} address such as `/api/rounds`
 * @param {unknown} [body] @returns {Promise<any>}
 */
export async function api(method, address, body) {
  /** @type {Record<string, string>} */
  const headers = { 'Accept': 'application/json', 'Accept-Language': spoken };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  /** @type {Response} */
  let answer;
  let content;
  try {
    answer = await fetch(address, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await answer.text();
    content = text === '' ? null : JSON.parse(text);
  } catch {
    throw new Problem(0, 'offline', t('reason.offline'));
  }
  if (answer.ok) return content;
  throw new Problem(answer.status, content?.code ?? 'unexpected', content?.detail ?? '', content?.reasons ?? []);
}

/** Every item of a paged list. @param {string} address @returns {Promise<any[]>} */
export async function everything(address) {
  const items = [];
  for (let page = 1; ; page += 1) {
    const answer = await api('GET', `${address}${address.includes('?') ? '&' : '?'}page=${page}&size=200`);
    items.push(...answer.items);
    if (answer.items.length === 0 || items.length >= answer.total) return items;
  }
}

/** The parameters of reasons that choose a plural form, the first that there is. */
const COUNTED = ['votes', 'needed', 'greedy', 'chosen', 'score'];

/** A reason or problem in the page's language; the server's English where there is no text for its code and numbers. @param {{code: string, detail?: string, params?: object}} reason */
export function reasonText(reason) {
  const key = `reason.${reason.code}`;
  const given = /** @type {Record<string, unknown>} */ (reason.params ?? {});
  const counted = COUNTED.find((name) => name in given);
  const filled = { count: counted && given[counted], ...given };
  const named = [...template(key, filled).matchAll(/\{([a-z_]+)/g)].map(([, name]) => name);
  if (knows(key) && (!reason.detail || named.every((name) => name in filled))) return t(key, filled);
  return reason.detail || t('reason.unexpected');
}

let waiting = 0;
/** Say something to screen readers, once, when things have settled. @param {string} text */
export function announce(text) {
  clearTimeout(waiting);
  waiting = window.setTimeout(() => {
    const region = document.getElementById('live');
    if (region) region.textContent = text;
  }, 350);
}

/** The title of the tab. @param {string} text @param {boolean} [problem] */
export function setTitle(text, problem = false) {
  document.title = `${problem ? `${t('problem.prefix')} ` : ''}${text} - ${partnership}`;
}
