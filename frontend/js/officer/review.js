// One proposal under review: what all parts of its page share. Saving goes one after the other, each with the version
// that is there; where somebody else was first, the newer proposal is fetched and what they changed is kept to be shown.
import { api, html, money, nothing, Problem, t } from '../lib.js';
import { focusOn, reasonsOf, roundApi, slug } from './desk.js';

/**
 * What somebody else changed while something was typed here.
 * @typedef {{changes: {what: string, theirs: unknown}[], mine: {what: string, text: unknown}[], again: () => void, drop: () => void}} Conflict
 */

/** A money amount, or a dash. @param {number | null | undefined} amount */
const amount = (amount) => (amount === null || amount === undefined ? '–' : money(amount));

/** @param {any} item @param {string} name */
function checkOf(item, name) {
  const one = item.recorded.find((/** @type {{name: string}} */ check) => check.name === name);
  return one ? `${t(one.passes ? 'officer.vote.yes' : 'officer.vote.no')}${one.note ? `: ${one.note}` : ''}` : '–';
}

/** @param {any} item */
const costingOf = (item) => (item.costing ? item.costing.lines.map((/** @type {any} */ line) => `${line.what} ${money(line.amount)}`).concat(t('officer.costing.ballot', { amount: money(item.costing.amount) })).join(' · ') : '–');

/** What can change of a proposal, in words. @type {Record<string, (item: any) => string>} */
const SHOWN = {
  status: (item) => t(`officer.status.${item.status}`), reason: (item) => item.status_reason || '–', cost: (item) => amount(item.cost),
  appropriate: (item) => checkOf(item, 'appropriate'), feasible: (item) => checkOf(item, 'feasible'), sustainable: (item) => checkOf(item, 'sustainable'),
  costing: costingOf, title: (item) => item.title, summary: (item) => item.summary, description: (item) => item.description,
  lines: (item) => item.lines.map((/** @type {any} */ line) => `${line.what} ${money(line.amount)}`).join(' · '), ask: (item) => amount(item.asked.amount),
  place: (item) => item.place, running_costs: (item) => item.running_costs || '–',
};

/** What is otherwise in the newer proposal. @param {any} before @param {any} now */
export const differences = (before, now) => Object.entries(SHOWN).filter(([, shown]) => shown(before) !== shown(now)).map(([what, shown]) => ({ what: t(`officer.changed.${what}`), theirs: shown(now) }));

/**
 * @param {{item: any, number: number, redraw: () => void}} page
 */
export function review({ item: first, number, redraw }) {
  let item = first;
  /** @type {Conflict | null} */
  let conflict = null;
  /** @type {Promise<unknown>} */
  let last = Promise.resolve();

  /** @param {any} before @param {Conflict['mine']} mine @param {() => void} again @param {() => void} drop */
  async function compare(before, mine, again, drop) {
    item = await api('GET', roundApi(slug, `review/${number}`));
    conflict = { changes: differences(before, item), mine, again: () => { conflict = null; again(); }, drop: () => { conflict = null; drop(); redraw(); focusOn('decide'); } };
    redraw();
    focusOn('conflict');
  }

  return {
    get item() { return item; },
    get version() { return item.version; },
    get conflict() { return conflict; },
    /** The proposal as another part of the page was told it. @param {any} now */
    take(now) { item = now; },
    /**
     * Save something; gives back what is wrong, or null when it is saved.
     * @param {'POST' | 'PUT' | 'DELETE'} method @param {string} rest of the address @param {Record<string, unknown>} body the version comes by itself
     * @param {{mine: Conflict['mine'], again: () => void, drop: () => void}} [typed] to be shown beside what somebody else changed
     * @returns {Promise<import('../lib.js').Reason[] | null>}
     */
    save(method, rest, body, typed) {
      const run = async () => {
        const before = item;
        try {
          item = await api(method, roundApi(slug, rest), typed ? { ...body, version: item.version } : body);
          if (typed) conflict = null;
          return null;
        } catch (error) {
          if (!(error instanceof Problem)) throw error;
          if (error.code !== 'changed_by_somebody_else' || !typed) return reasonsOf(error);
          try {
            await compare(before, typed.mine, typed.again, typed.drop);
          } catch (again) {
            if (!(again instanceof Problem)) throw again;
            return reasonsOf(again);
          }
          return [];
        }
      };
      const saved = last.then(run, run);
      last = saved;
      return saved;
    },
    /** What they changed beside what was typed; nothing typed is lost. */
    conflictBox: () => (conflict === null ? nothing : html`<section class="notice warn block" id="conflict" tabindex="-1" aria-labelledby="conflict-title"><h3 id="conflict-title">${t('officer.conflict.title')}</h3>
      ${conflict.changes.length ? html`<p>${t('officer.conflict.compare_proposal')}</p><table class="tight compare"><thead><tr><th scope="col">${t('officer.conflict.what')}</th><th scope="col">${t('officer.conflict.theirs')}</th></tr></thead>
        <tbody>${conflict.changes.map((change) => html`<tr><th scope="row">${change.what}</th><td class="lines-kept">${change.theirs}</td></tr>`)}</tbody></table>` : html`<p>${t('officer.conflict.nothing_seen')}</p>`}
      <h4>${t('officer.conflict.yours')}</h4><dl class="facts">${conflict.mine.map((one) => html`<dt>${one.what}</dt><dd class="lines-kept">${one.text}</dd>`)}</dl>
      <p class="row"><button class="button" type="button" @click=${conflict.again}>${t('officer.conflict.save_mine')}</button>
        <button class="button quiet" type="button" @click=${conflict.drop}>${t('officer.conflict.use')}</button></p></section>`),
  };
}

/** @typedef {ReturnType<typeof review>} Review */
