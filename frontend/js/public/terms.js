// What a round gives away and how: its pots and their fences, what a proposal can ask for, how each vote is counted.
import { html, money, nothing, ruler, t } from '../lib.js';
import { ruleSentence } from '../ballot/standing.js';

/**
 * @typedef {{funder: string, amount: number, categories: string[], proposals: number[], leftover: 'returned' | 'reserve'}} Pot
 * @typedef {{position: number, title: string, design: any, rule: {id: string, parameters: any}, ties: string[], conditions: any}} Poll
 */

const COLOURS = /** @type {const} */ (['sport', 'spaces', 'streets', 'arts', 'climate', 'parks', 'young', 'older']);
/** Rules whose sentence speaks of what is counted, or of what is done when the money runs short. */
const OWN = ['greedy', 'greedy-per-cost', 'equal-shares', 'top', 'priorities'];

/** @param {string[]} parts */
const listed = (parts) => parts.join(t('results.list_join'));
/** @param {number} number */
const proposal = (number) => t('terms.proposal', { number });
/** @param {Pot} pot */
const isFenced = (pot) => pot.categories.length + pot.proposals.length > 0;

/** Where the money comes from, what each pot is for, and what becomes of the rest. @param {any} round */
export function pots(round) {
  /** @type {Pot[]} */
  const all = round.pots;
  if (round.advisory || all.length === 0) return nothing;
  const apart = all.some((pot) => isFenced(pot) || pot.leftover !== all[0].leftover);
  const blocks = all.map((pot, index) => ({ cost: pot.amount, theme: COLOURS[index % COLOURS.length], title: `${pot.funder}, ${money(pot.amount)}` }));
  return html`<h2>${t('round.pots')}</h2><div class="sheet">${ruler({ blocks, budget: round.budget, tall: true, scale: true, label: t('round.pots_label', { budget: round.budget }) })}
    <table class="tight"><caption class="vh">${t('round.pots')}</caption><tbody>${all.map((pot, index) => html`<tr>
      <th scope="row"><span class="named"><span class="swatch ${blocks[index].theme}"></span>${pot.funder}</span>
        ${apart ? html`<p class="hint small">${whatFor(round, pot)} ${t(`terms.left_${pot.leftover}`)}</p>` : nothing}</th><td class="num">${money(pot.amount)}</td></tr>`)}</tbody>
      ${all.length > 1 ? html`<tfoot><tr><th scope="row">${t('check.total')}</th><td class="num">${money(round.budget)}</td></tr></tfoot>` : nothing}</table>
    ${apart ? nothing : html`<p class="small quiet">${t(`terms.left_${all[0].leftover}`)}</p>`}</div>`;
}

/** @param {any} round @param {Pot} pot */
function whatFor(round, pot) {
  if (!isFenced(pot)) return t('terms.any');
  const names = new Map(round.categories.map((/** @type {any} */ one) => [one.id, one.name]));
  return t('terms.only', { what: listed([...pot.categories.map((id) => names.get(id) ?? id), ...pot.proposals.map(proposal)]) });
}

/** What a proposal can ask for, what it has to bring, and whether a part of it can be given. @param {any} round */
export function asks(round) {
  const { smallest_award: least, largest_award: most, match } = round;
  const lines = [
    ...(least || most ? [t(least && most ? 'round.limits' : most ? 'round.limit_most' : 'round.limit_least', { least, most })] : []),
    ...(match ? [share(match), ...(match.cap === null ? [] : [t('terms.match_cap', { cap: match.cap })]), t('terms.match_rest', { kinds: listed(match.counts.map((/** @type {string} */ kind) => t(`terms.match_${kind}`, { value: match.hour_value }))) })] : []),
    ...(round.part_funding ? [t('terms.part')] : []),
  ];
  return round.advisory || lines.length === 0 ? nothing : html`<h2>${t('terms.ask')}</h2><p>${lines.join(' ')}</p>`;
}

/** @param {{part: number, of: number}} match */
const share = ({ part, of }) => ((100 * part) % of === 0 ? t('terms.match_percent', { percent: (100 * part) / of }) : t('terms.match_share', { part, of }));

/** How each vote is held and counted, and who confirms the result. @param {any} round */
export function counted(round) {
  /** @type {Poll[]} */
  const polls = round.polls;
  const alike = new Set(polls.map((poll) => String(poll.ties))).size === 1;
  const after = [
    ...(alike ? [ties(polls[0])] : []),
    ...(round.confirmed_by ? [t('terms.confirmed', { by: round.confirmed_by })] : []),
    ...(round.challenge_days ? [t('terms.challenge', { count: round.challenge_days })] : []),
  ];
  return html`<h2>${t('terms.title')}</h2>${polls.map((poll) => html`${polls.length > 1 ? html`<h3>${t('votes.which', { position: poll.position, of: polls.length, title: poll.title })}</h3>` : nothing}
    <p>${ruleSentence(/** @type {any} */ ({ design: poll.design, budget: round.budget }))} ${rule(poll)}</p>${conditions(poll)}${alike ? nothing : html`<p>${ties(poll)}</p>`}`)}
    ${after.length ? html`<p>${after.join(' ')}</p>` : nothing}`;
}

/** @param {Poll} poll */
function rule({ rule: { id, parameters } }) {
  const name = id.replaceAll('-', '_');
  if (!OWN.includes(id)) return t(`rule.${name}`);
  return t(`terms.rule_${name}${parameters.skip === false ? '_stops' : ''}`, { what: t(`terms.by_${parameters.utility ?? 'votes'}`), count: parameters.k });
}

/** What holds whatever the votes. @param {Poll} poll */
function conditions({ conditions: held }) {
  const lines = [
    ...(held.min_votes ? [t('terms.min_votes', { count: held.min_votes })] : []),
    ...(held.prefunded.length ? [t('terms.prefunded', { what: listed(held.prefunded.map(proposal)) })] : []),
    ...held.exclusions.map((/** @type {number[]} */ group) => t('terms.exclusion', { what: listed(group.map(proposal)) })),
    ...Object.entries(held.smallest).map(([number, least]) => t('terms.smallest', { what: proposal(Number(number)), least })),
    ...(held.reserve ? [t('terms.reserve', { count: held.reserve })] : []),
  ];
  return lines.length === 0 ? nothing : html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
}

/** @param {Poll} poll */
function ties({ ties: order }) {
  const words = order.map((tie) => t(`terms.tie_${tie.replaceAll('-', '_')}`));
  const dice = order.includes('ballot-order') ? [] : [t('terms.tie_dice')];
  return [...(words.length ? [t('terms.ties', { order: words.join(t('terms.then')) })] : []), ...dice].join(' ');
}
