// What a result says besides who is funded: part-funding, pots, conditions, the reserve list, other ways of counting.
import { html, money, nothing, t } from '../lib.js';

/** @param {any} result @param {number} n */
const titleOf = (result, n) => result.projects.find((/** @type {any} */ one) => one.number === n)?.title ?? String(n);
/** @param {any} result @param {number[]} numbers */
const titles = (result, numbers) => numbers.map((n) => titleOf(result, n)).join(t('results.list_join'));

/** Whether a project gets less than it asked for. @param {{awarded: number, cost: number}} project */
export const inPart = (project) => project.awarded > 0 && project.awarded < project.cost;
/** The state of a project, for its tag. @param {any} project */
export const stateOf = (project) => (inPart(project) ? 'part_funded' : project.becomes);
/** What a project costs and, where that is less, what it gets. @param {any} project */
export const costOf = (project) => (inPart(project) ? t('results.part', { awarded: project.awarded, cost: project.cost }) : money(project.cost));

/** Which pots pay for a project. @param {any} project */
export function paidBy(project) {
  const pots = Object.entries(project.pots).filter(([, amount]) => amount > 0);
  if (pots.length === 0) return nothing;
  return html`<p>${t('results.paid_by', { pots: pots.map(([pot, amount]) => t('results.paid_from', { pot, amount })).join(', ') })}</p>`;
}

/** The conditions that held, in words. @param {any} result */
export function conditions(result) {
  const used = result.conditions;
  if (!used) return nothing;
  const names = new Map(result.categories.map((/** @type {any} */ one) => [one.category, one.name]));
  const only = (/** @type {any} */ pot) => [...pot.categories.map((/** @type {string} */ id) => names.get(id) ?? id), ...pot.projects.map((/** @type {number} */ n) => titleOf(result, n))];
  const lines = [
    ...(used.min_votes ? [t('condition.min_votes', { count: used.min_votes })] : []),
    ...used.pots.map((/** @type {any} */ pot) => t(only(pot).length ? 'condition.pot_only' : 'condition.pot_any', { pot: pot.id, amount: pot.amount, spent: pot.spent, what: only(pot).join(t('results.list_join')) })),
    ...(used.prefunded.length ? [t('condition.prefunded', { what: titles(result, used.prefunded) })] : []),
    ...used.exclusions.map((/** @type {number[]} */ group) => t('condition.exclusion', { what: titles(result, group) })),
    ...Object.entries(used.smallest).map(([n, least]) => t('condition.smallest', { what: titleOf(result, Number(n)), least })),
  ];
  return lines.length === 0 ? nothing : html`<h3>${t('results.conditions')}</h3><ul class="read">${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
}

/** What each pot has paid and what becomes of the rest. @param {any} result */
export const leftovers = (result) => (result.leftovers.length === 0 ? nothing : html`<h2>${t('votes.pots')}</h2><ul class="read">${result.leftovers.map((/** @type {any} */ pot) => html`<li>
  <b>${pot.pot}</b>: ${t('votes.pot', { amount: pot.amount, spent: pot.spent })} ${pot.left > 0 ? t(`votes.left_${pot.becomes}`, { left: pot.left }) : t('votes.left_nothing')}</li>`)}</ul>`);

/** What ranks the projects, as people read it: votes, points, or the average of the points given. @param {any} result @returns {(project: any) => number} */
export function worthOf(result) {
  const { utility } = result.rule.parameters;
  if (utility === 'mean') return ({ score, votes }) => (votes ? Math.round((100 * score) / votes) / 100 : 0);
  return utility === 'points' || utility === 'borda' ? ({ score }) => score : ({ votes }) => votes;
}

/** Its name, for the head of a column. @param {any} result */
export const worthName = (result) => ({ mean: t('votes.average'), points: t('col.points'), borda: t('col.points') })[/** @type {string} */ (result.rule.parameters.utility)] ?? t('col.votes');

/** Who is next in line for declined money. @param {any} result */
export const reserveList = (result) => (result.reserve.length === 0 ? nothing : html`<h2>${t('results.reserve')}</h2><p class="read">${t('results.reserve_text')}</p>
  <ol class="read">${result.reserve.map((/** @type {number} */ n) => html`<li>${titleOf(result, n)}</li>`)}</ol>`);

/** What the same votes would have funded by every other rule. @param {any} result */
export function otherWays(result) {
  if (result.others.length === 0) return nothing;
  const here = result.projects.filter((/** @type {any} */ one) => one.funded).map((/** @type {any} */ one) => one.number);
  const list = (/** @type {number[]} */ numbers) => (numbers.length === 0 ? t('results.compare_none') : titles(result, numbers));
  const row = (/** @type {any} */ other) => html`<tr><th scope="row" class="all">${t(`way.${other.label.replaceAll(/[-/]/g, '_')}`)}</th>
    ${other.funded === null ? html`<td class="all" colspan="3">${t(`way.not.${other.skipped}`)}</td>`
      : html`<td class="all" data-label=${t('results.others_all')}>${t('results.others_money', { count: other.funded.length, cost: other.cost })}</td>
      <td class="all" data-label=${t('results.others_more')}>${list(other.funded.filter((/** @type {number} */ n) => !here.includes(n)))}</td>
      <td class="all" data-label=${t('results.others_less')}>${list(here.filter((/** @type {number} */ n) => !other.funded.includes(n)))}</td>`}</tr>`;
  return html`<details class="more"><summary>${t('results.others')}</summary><div class="sheet"><p>${t('results.others_text')}</p>
    <table class="stack rules tight"><thead><tr><th scope="col">${t('results.others_way')}</th><th scope="col">${t('results.others_all')}</th>
      <th scope="col">${t('results.others_more')}</th><th scope="col">${t('results.others_less')}</th></tr></thead><tbody>${result.others.map(row)}</tbody></table></div></details>`;
}
