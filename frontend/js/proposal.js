// One proposal: what it is, what it costs line by line, what the council checked and said, what happened to it.
import { api, html, icon, money, notice, nothing, page, params, path, setCurrency, setRound, setTitle, show, t, tag, tile } from './lib.js';
import { paragraphs } from './ballot/card.js';
import { below, fillBelow } from './deliberation/below.js';
import { documentList, feedbackBox, gallery, historyBox, lineageBoxes, moneyFacts, placeMap, waitingLine } from './public/idea.js';

const address = `/api/rounds/${encodeURIComponent(params.round)}/proposals/${params.number}`;
/** @type {any} */
let round;
/** @type {any} */
let proposal;
/** @type {any} */
let standing;
/** @type {any} */
let boundary = null;
const GONE = ['withdrawn', 'rejected'];

page('proposal', async () => {
  [round, proposal, standing] = await Promise.all([api('GET', `/api/rounds/${encodeURIComponent(params.round)}`), api('GET', address), api('GET', `${address}/standing`)]);
  if (proposal.latitude !== null) boundary = (await api('GET', `/api/forums/${encodeURIComponent(round.forum.slug)}`)).boundary ?? null;
  setCurrency(round.currency);
  setTitle(proposal.title);
  setRound(round);
  draw();
  fillBelow(round.slug, proposal.number);
});

function draw() {
  const category = round.categories.find((/** @type {any} */ one) => one.id === proposal.category);
  const fact = (/** @type {string} */ key, /** @type {unknown} */ value) => (value ? html`<dt>${t(key)}</dt><dd>${value}</dd>` : nothing);
  const place = [proposal.whole_area && t('idea.whole_area'), proposal.place].filter(Boolean).join(': ');
  const asked = proposal.status === 'changes_requested';
  show(html`<p class="over-title"><a href=${path('r', round.slug, 'proposals')}>${t('proposal.all')}</a><span>${t('vote.number', { number: String(proposal.number) })}</span></p>
    <div class="title-row">${tile(proposal.theme, 'small')}<div><p class="theme ${proposal.theme}">${category?.name ?? t(`theme.${proposal.theme}`)}</p><h1>${proposal.title}</h1></div></div>
    <p class="row">${proposal.cost > 0 ? html`<span class="amount">${money(proposal.cost)}</span>` : nothing}${tag(proposal.status)}</p>
    ${GONE.includes(proposal.status) ? notice('warn', t(`idea.gone_${proposal.status}`)) : nothing}${asked ? notice('info', t('idea.changes')) : nothing}
    ${lineageBoxes(standing.lineage, proposal.number)}
    ${proposal.status_reason ? notice(proposal.status === 'rejected' ? 'warn' : 'info', html`<p><b>${t(asked ? 'idea.asked_changes' : 'proposal.reason')}</b></p><p class="pre">${proposal.status_reason}</p>`) : nothing}
    ${waitingLine(standing.waiting)}
    <div class="aside"><div class="read">
      <p class="lead">${proposal.summary}</p>${proposal.description === proposal.summary ? nothing : paragraphs(proposal.description)}
      ${gallery(proposal.attached.photos)}
      <dl class="facts wide">${fact('fact.where', place)}${fact('fact.by', proposal.proposer)}${fact('fact.running', proposal.running_costs)}${
        fact('fact.ballot_number', proposal.project_number ? t('vote.number', { number: String(proposal.project_number) }) : '')}</dl>
      ${placeMap(proposal, boundary)}
      ${proposal.lines.length > 0 ? costs() : nothing}${documentList(proposal.attached.documents)}</div>
      <div>${moneyFacts(proposal)}${checks()}${feedbackBox(standing.feedback)}${historyBox(proposal.history)}</div></div>
    ${['proposals', 'review'].includes(round.phase) ? html`<p><a href=${path('r', round.slug, 'mine')}>${t('idea.is_yours')}</a></p>` : nothing}
    <div class="read">${below()}</div>`);
}

const costs = () => html`<h2>${t('proposal.costs')}</h2><div class="sheet"><table><caption class="vh">${t('proposal.costs')}</caption>
  <thead><tr><th scope="col">${t('col.what')}</th><th scope="col">${t('col.basis')}</th><th scope="col" class="num">${t('col.cost')}</th></tr></thead>
  <tbody>${proposal.lines.map((/** @type {any} */ line) => html`<tr><th scope="row">${line.what}</th><td>${t(`basis.${line.basis}`)}</td><td class="num">${money(line.amount)}</td></tr>`)}</tbody>
  <tfoot><tr><th scope="row" colspan="2">${t('check.total')}</th><td class="num">${money(proposal.lines.reduce((/** @type {number} */ sum, /** @type {any} */ line) => sum + line.amount, 0))}</td></tr></tfoot></table></div>`;

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
