// The drawn parts: icon, theme tile, budget ruler, tag, timeline, pager, bar.
import { html, nothing, svg } from '../../vendor/lit-html/lit-html.js';
import { money, number, t } from './core.js';

/** An icon of the sprite. @param {string} name @param {string} [kind] extra class */
export const icon = (name, kind = '') =>
  html`<svg class="icon ${kind}" aria-hidden="true"><use href="${document.body.dataset.icons}#${name}"></use></svg>`;

/** @typedef {'parks'|'streets'|'young'|'older'|'arts'|'sport'|'spaces'|'climate'} Theme */

/** A square in a theme's colours with its sign. @param {Theme} theme @param {string} [kind] */
export const tile = (theme, kind = '') => html`<span class="tile ${theme} ${kind}">${icon(theme)}</span>`;

/** The little flag of colour in front of a name. @param {Theme} theme */
export const swatch = (theme) => html`<span class="swatch ${theme}"></span>`;

/** A round step that cuts a budget into four to eight parts. @param {number} budget pence */
function tickStep(budget) {
  const rough = budget / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? rough;
  return budget / step < 4 ? step / 2 : step;
}

/** @param {number} part @param {number} whole */
const share = (part, whole) => `${Math.round((part / whole) * 100000) / 1000}%`;

let rulers = 0;

/**
 * `scale` writes amounts under the tape; `slots` draws one slot for each unit (a vote, a point) in place of a scale of money.
 * @typedef {{blocks: {cost: number, theme: Theme, title?: string}[], budget: number, label?: string, scale?: boolean, tall?: boolean, slots?: boolean}} RulerOptions
 */

/**
 * The budget ruler: a tape measure with one block per proposal, in its theme's colour. When the blocks come to more than
 * the budget it rescales, marks the limit and hatches the rest.
 * @param {RulerOptions} options
 */
export function ruler({ blocks, budget, label, scale = false, tall = false, slots = false }) {
  const total = blocks.reduce((sum, block) => sum + block.cost, 0);
  const length = Math.max(total, budget, 1);
  const over = total > budget;
  const step = slots ? 1 : tickStep(Math.max(budget, 1));
  const marks = [];
  for (let at = step; at < budget - step / 100; at += step) marks.push(at);
  const small = slots || over ? [] : marks.concat(budget).flatMap((at) => [1, 2, 3, 4].map((n) => at - (n * step) / 5)).filter((at) => at > 0);
  let from = 0;
  const drawn = blocks.map((block) => {
    const x = from;
    from += block.cost;
    return svg`<rect class="block ${block.theme}" x=${share(x, length)} y="0" width=${share(block.cost, length)} height="100%">${
      block.title ? svg`<title>${block.title}</title>` : nothing}</rect>`;
  });
  const id = `hatch${(rulers += 1)}`;
  return html`<div class="ruler ${tall ? 'tall' : ''} ${over ? 'over' : ''}">
    <svg class="tape" role="img" aria-label=${label ?? t('ruler.label', { spent: money(total), budget: money(budget) })}>
      ${over ? svg`<defs><pattern id=${id} width="10" height="10" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect class="hatch-ground" width="10" height="10"></rect><rect class="hatch-line" width="2.5" height="10"></rect></pattern></defs>` : nothing}
      ${small.map((at) => svg`<line class="tick small" x1=${share(at, length)} x2=${share(at, length)} y1="72%" y2="100%"></line>`)}
      ${marks.map((at) => svg`<line class="tick" x1=${share(at, length)} x2=${share(at, length)} y1="0" y2="100%"></line>`)}
      ${drawn}
      ${over ? svg`<rect class="excess" x=${share(budget, length)} y="0" width=${share(total - budget, length)} height="100%" fill="url(#${id})"></rect>
        <rect class="limit" x=${share(budget, length)} y="0" height="100%"></rect>` : nothing}
    </svg>
    ${scale && !over ? html`<svg class="scale" aria-hidden="true">${[...marks, budget].map((at) => svg`<text x=${share(at, length)} y="14" text-anchor=${
      at === budget ? 'end' : 'middle'} class=${(marks.length - marks.indexOf(at)) % 2 === 1 && at !== budget ? 'odd' : ''}>${money(at)}</text>`)}</svg>` : nothing}
  </div>`;
}

/** @type {Record<string, string>} */
const MOOD = {
  accepted: 'ok', accepted_with_changes: 'ok', on_the_ballot: 'ok', funded: 'ok', part_funded: 'ok', shortlisted: 'ok', placed: 'ok', done: 'ok', ready: 'ok',
  rejected: 'bad', cancelled: 'bad', held: 'warn', asked: 'warn', submitted: 'info', proposals: 'info', review: 'info', voting: 'go',
  counting: 'info', shortlist: 'info', reserve: 'info', published: 'ok', delivery: 'ok',
};

/** A status as a word in a tag: of a proposal, a phase, an approval. @param {string} status @param {string} [text] */
export const tag = (status, text) =>
  html`<span class="tag ${MOOD[status] ?? ''}">${MOOD[status] === 'ok' ? icon('check') : nothing}${text ?? t(`status.${status}`)}</span>`;

/**
 * Dates down a line.
 * @param {{when: unknown, what: unknown, state?: 'past' | 'now' | 'next', note?: unknown}[]} items
 */
export const timeline = (items) => html`<ol class="timeline">${items.map((item) => html`
  <li class=${item.state ?? 'next'} aria-current=${item.state === 'now' ? 'step' : nothing}>
    <b>${item.when}</b><span>${item.what}${item.state === 'now' ? html` <span class="tag go">${t('timeline.now')}</span>` : nothing}</span>${
      item.note ? html`<span class="quiet">${item.note}</span>` : nothing}</li>`)}</ol>`;

/** A bar in proportion, for a table cell. @param {number} value @param {number} most @param {string} kind class */
export const bar = (value, most, kind) =>
  html`<svg class="bar" aria-hidden="true"><rect class=${kind} width=${share(value, Math.max(most, 1))} height="100%" rx="2"></rect></svg>`;

/**
 * Links to the pages of a list; nothing for one page.
 * @param {{page: number, size: number, total: number, go: (page: number) => void, address: (page: number) => string}} list
 */
export function pager({ page, size, total, go, address }) {
  const pages = Math.max(1, Math.ceil(total / size));
  if (pages === 1) return nothing;
  const link = (/** @type {number} */ to, /** @type {string} */ key) => html`<a class="button quiet" href=${address(to)}
    @click=${(/** @type {MouseEvent} */ event) => { event.preventDefault(); go(to); }}>${t(key)}</a>`;
  return html`<nav class="pager" aria-label=${t('pager.label')}>
    ${page > 1 ? link(page - 1, 'pager.previous') : html`<span></span>`}
    <span>${t('pager.place', { page, pages })}</span>
    ${page < pages ? link(page + 1, 'pager.next') : html`<span></span>`}</nav>`;
}

/** Label and large figure. @param {string} label @param {unknown} value @param {unknown} [note] */
export const figure = (label, value, note) => html`<div class="figure"><dt>${label}</dt><dd>${
  typeof value === 'number' ? number(value) : value}${note ? html`<small>${note}</small>` : nothing}</dd></div>`;
