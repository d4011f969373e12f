// One proposal: what it is, what it costs line by line, what the council checked and said, what happened to it.
import { api, html, icon, money, notice, nothing, page, params, path, Problem, reasonFor, setCurrency, setRound, setTitle, show, t, tag, textField, tile, timeline } from './lib.js';
import { paragraphs } from './ballot/card.js';

const address = `/api/rounds/${encodeURIComponent(params.round)}/proposals/${params.number}`;
/** @type {any} */
let round;
/** @type {any} */
let proposal;
const withdrawal = { key: '', done: false, reasons: /** @type {import('./lib.js').Reason[]} */ ([]) };

page('proposal', async () => {
  [round, proposal] = await Promise.all([api('GET', `/api/rounds/${encodeURIComponent(params.round)}`), api('GET', address)]);
  setCurrency(round.currency);
  setTitle(proposal.title);
  setRound(round);
  draw();
});

function draw() {
  const category = round.categories.find((/** @type {any} */ one) => one.id === proposal.category);
  const fact = (/** @type {string} */ key, /** @type {unknown} */ value) => (value ? html`<dt>${t(key)}</dt><dd>${value}</dd>` : nothing);
  show(html`<p class="over-title"><a href=${path('r', round.slug, 'proposals')}>${t('proposal.all')}</a><span>${t('vote.number', { number: String(proposal.number) })}</span></p>
    ${withdrawal.done ? notice('ok', t('proposal.withdrawn_now')) : nothing}
    <div class="title-row">${tile(proposal.theme, 'small')}<div><p class="theme ${proposal.theme}">${category?.name ?? t(`theme.${proposal.theme}`)}</p><h1>${proposal.title}</h1></div></div>
    <p class="row"><span class="amount">${money(proposal.cost)}</span>${tag(proposal.status)}</p>
    ${proposal.status_reason ? notice(proposal.status === 'rejected' ? 'warn' : 'info', html`<p><b>${t('proposal.reason')}</b></p><p>${proposal.status_reason}</p>`) : nothing}
    <div class="aside"><div class="read">
      <p class="lead">${proposal.summary}</p>${proposal.description === proposal.summary ? nothing : paragraphs(proposal.description)}
      <dl class="facts wide">${fact('fact.where', proposal.place)}${fact('fact.by', proposal.proposer)}${fact('fact.running', proposal.running_costs)}${
        fact('fact.ballot_number', proposal.project_number ? t('vote.number', { number: String(proposal.project_number) }) : '')}</dl>
      ${costs()}</div>
      <div>${checks()}<section class="sheet" aria-labelledby="history-title"><h2 id="history-title">${t('proposal.history')}</h2>
        ${timeline(proposal.history.map((/** @type {any} */ step) => ({ when: step.when.date, what: t(`status.${step.status}`), note: step.reason, state: 'past' })))}</section></div></div>
    ${['submitted', 'accepted', 'accepted_with_changes'].includes(proposal.status) && ['proposals', 'review'].includes(round.phase) ? withdrawForm() : nothing}`);
}

const costs = () => html`<h2>${t('proposal.costs')}</h2><div class="sheet"><table><caption class="vh">${t('proposal.costs')}</caption>
  <thead><tr><th scope="col">${t('col.what')}</th><th scope="col">${t('col.basis')}</th><th scope="col" class="num">${t('col.cost')}</th></tr></thead>
  <tbody>${proposal.lines.map((/** @type {any} */ line) => html`<tr><th scope="row">${line.what}</th><td>${t(`basis.${line.basis}`)}</td><td class="num">${money(line.amount)}</td></tr>`)}</tbody>
  <tfoot><tr><th scope="row" colspan="2">${t('check.total')}</th><td class="num">${money(proposal.cost)}</td></tr></tfoot></table></div>`;

function checks() {
  const line = (/** @type {string} */ name) => {
    const value = proposal.checks[name];
    const state = value === null ? 'waiting' : value ? 'yes' : 'no';
    return html`<li class="row apart"><span><b>${t(`checks.${name}`)}</b><span class="hint small block">${t(`checks.${name}_text`)}</span></span>
      <span class="tag ${{ yes: 'ok', no: 'bad', waiting: '' }[state]}">${state === 'yes' ? icon('check') : nothing}${t(`checks.${state}`)}</span></li>`;
  };
  return html`<section class="sheet" aria-labelledby="checks-title"><h2 id="checks-title">${t('proposal.checks')}</h2>
    <ul class="tasks">${['appropriate', 'feasible', 'sustainable'].map(line)}</ul>
    ${proposal.decided ? html`<p class="hint small">${t('proposal.decided', { date: proposal.decided.date })}</p>` : html`<p class="hint small">${t('proposal.not_decided')}</p>`}</section>`;
}

const withdrawForm = () => html`<details class="more" ?open=${withdrawal.reasons.length > 0}><summary>${t('proposal.withdraw')}</summary>
  <form class="sheet read" novalidate @submit=${withdraw}><p>${t('proposal.withdraw_text')}</p>
    ${textField({ name: 'key', label: t('proposal.key'), hint: t('proposal.key_hint'), value: withdrawal.key, width: 'middle', error: reasonFor(withdrawal.reasons, 'key'), input: (value) => { withdrawal.key = value; } })}
    <button class="button danger">${t('proposal.withdraw_button')}</button></form></details>`;

/** @param {Event} event */
async function withdraw(event) {
  event.preventDefault();
  try {
    proposal = await api('POST', `${address}/withdraw`, { key: withdrawal.key.trim() });
    withdrawal.done = true;
    withdrawal.reasons = [];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    withdrawal.reasons = [{ code: error.code, detail: error.detail, params: {}, field: 'key' }];
  }
  draw();
  if (withdrawal.done) scrollTo(0, 0);
  else document.getElementById('f-key')?.focus();
}
