// New voting codes on the one occasion that anybody sees them: copy, file, cards to print.
import { announce, html, icon, nothing, number, partnership, path, t, tx } from '../lib.js';
import { guardLeaving } from './desk.js';

const SHOWN = 20;

/** A cell of a CSV file; what a spreadsheet might take for a formula begins with an apostrophe. @param {string | number} value */
function cell(value) {
  const text = String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** @param {(string | number)[][]} rows */
const csv = (rows) => `\uFEFF${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;

/** @param {string} name @param {string} content */
function download(name, content) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content], { type: 'text/csv;charset=utf-8' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/**
 * A code as a card to print.
 * @param {{code: string, note: string, round: {slug: string, title: string, forum: {name: string}}, closes: import('../lib.js').Instant | null}} one
 */
export const codeCard = ({ code, note, round, closes }) => html`<li class="code-card"><p class="code-who">${partnership} · ${round.forum.name}</p><h3>${round.title}</h3>
  <p>${t('officer.codes.card_code')}</p><p class="code-text">${code}</p>
  <p>${tx('officer.codes.card_where', { address: html`<b>${location.host}${path('r', round.slug, 'vote')}</b>` })}</p>
  ${closes ? html`<p>${t('officer.codes.card_until', { day: closes.day, time: closes.time })}</p>` : nothing}
  <p class="code-foot">${t('officer.codes.card_once')} <span>${note}</span></p></li>`;

/**
 * @param {{label: string, codes: string[], round: {slug: string, title: string, forum: {name: string}}, closes: import('../lib.js').Instant | null, redraw: () => void}} sheet
 */
export function codeSheet({ label, codes, round, closes, redraw }) {
  let kept = false;
  let all = false;
  const address = `${location.origin}${path('r', round.slug, 'vote')}`;
  guardLeaving(() => !kept);

  const keep = (/** @type {string} */ said) => {
    kept = true;
    redraw();
    announce(said);
  };
  const save = () => {
    const rows = codes.map((code, index) => [label, index + 1, code, `${address}#${code}`]);
    download(`${round.slug}-${label.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '-')}.csv`, csv([['batch', 'number', 'code', 'link'], ...rows]));
    keep(t('officer.codes.saved'));
  };
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(codes.join('\n'));
      keep(t('officer.codes.copied'));
    } catch {
      announce(t('officer.codes.not_copied'));
    }
  };
  const showAll = () => {
    all = true;
    redraw();
  };
  const print = () => {
    showAll();
    window.print();
    keep(t('officer.codes.printed'));
  };
  addEventListener('beforeprint', showAll);

  /** @param {string} code @param {number} index */
  const card = (code, index) => codeCard({ code, note: `${label} ${number(index + 1)}`, round, closes });

  return {
    /** Whether they were saved, printed or copied. */
    get kept() { return kept; },
    draw: () => html`<section class="sheet codes" id="codes" tabindex="-1" aria-labelledby="codes-title"><div class="noprint">
      <h2 id="codes-title">${t('officer.codes.title', { count: codes.length, label })}</h2>
      <div class="notice ${kept ? 'ok' : 'warn'}">${icon(kept ? 'check' : 'warn')}<div><p><b>${t(kept ? 'officer.codes.kept' : 'officer.codes.once')}</b></p><p>${t('officer.codes.care')}</p></div></div>
      <p class="row"><button class="button" @click=${save}>${icon('download')}${t('officer.codes.save')}</button>
        <button class="button quiet" @click=${print}>${icon('print')}${t('officer.codes.print')}</button>
        <button class="button quiet" @click=${copy}>${t('officer.codes.copy')}</button></p>
      <ol class="code-list">${codes.slice(0, SHOWN).map((code) => html`<li><code>${code}</code></li>`)}</ol>
      ${codes.length > SHOWN ? html`<p class="quiet">${t('officer.codes.more', { count: codes.length - SHOWN, shown: number(codes.length - SHOWN) })}</p>` : nothing}</div>
      <ol class="code-cards">${all ? codes.map(card) : nothing}</ol></section>`,
  };
}
