// The run sheet of a Decision Night, and how its order was drawn; the officers' page shows the same.
import { html, nothing, number, t } from '../lib.js';

/** @typedef {import('../lib.js').Instant} Instant */
/** @typedef {{key: string, kind: string, number: number, title: string, proposer: string, minutes: number, starts: Instant}} Item */
/**
 * @typedef {{place: string, address: string, access: string, doors: Instant, begins: Instant, places: number, taken: number, waiting: number, open: boolean,
 *   called_off: string, seed_source: string, seed: string, drawn: Instant | null, polls: number, items: Item[], sends_mail: boolean}} Night
 */

/** What a line of the sheet is called. @param {{kind: string, number: number, title: string}} item @param {number} votes how many the evening has */
export function lineName(item, votes) {
  if (item.kind === 'presentation') return item.title;
  if ((item.kind === 'vote' || item.kind === 'count') && votes > 1) return t(`night.line.${item.kind}_${item.number === 1 ? 'first' : 'second'}`);
  return t(`night.line.${item.kind}`);
}

/** @param {Night} night */
export const sheetTable = (night) => html`<table class="tight sheet-lines"><caption class="vh">${t('night.evening')}</caption>
  <thead><tr><th scope="col">${t('night.col.time')}</th><th scope="col">${t('night.col.what')}</th><th scope="col" class="num">${t('night.col.minutes')}</th></tr></thead>
  <tbody>${night.items.map((item) => html`<tr class=${item.kind}><td class="num start">${item.starts.time}</td><th scope="row">${
    item.kind === 'presentation' ? html`<span class="quiet">${number(item.number)}.</span> ` : nothing}${lineName(item, night.polls)}${
    item.proposer ? html`<span class="hint">${item.proposer}</span>` : nothing}</th><td class="num">${number(item.minutes)}</td></tr>`)}</tbody></table>`;

/** Where the order comes from, and how to work it out anew. @param {Night} night */
export function howDrawn(night) {
  const first = night.items.find((item) => item.kind === 'presentation');
  if (!first && !night.seed_source) return nothing;
  return html`<h3>${t('night.order')}</h3>
    ${night.seed_source ? html`<p>${t(night.seed ? 'night.order_from' : 'night.order_will', { source: night.seed_source })}</p>` : nothing}
    ${night.seed && night.drawn ? html`<p>${t('night.order_seed')} <b><code class="seed">${night.seed}</code></b> ${t('night.order_when', { day: night.drawn.day, time: night.drawn.time })}</p>
      ${first ? html`<details class="more"><summary>${t('night.order_how')}</summary><p>${t('night.order_rule')}</p><pre class="code" tabindex="0">printf '%s' '${night.seed.replaceAll("'", "'\\''")}${first.number}' | sha256sum</pre></details>` : nothing}`
      : html`<p>${t('night.order_number')}</p>`}`;
}
