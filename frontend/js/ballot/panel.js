// "Your vote": the sticky bar on a phone, the sheet beside the list on a wide screen.
import { html, icon, money, nothing, params, path, repeat, ruler, swatch, t } from '../lib.js';
import { projectsOf, standing, withPoints } from './standing.js';

/**
 * @typedef {object} Acts
 * @property {(number: number) => void} remove
 * @property {(number: number, by: -1 | 1) => void} move
 * @property {() => void} toggle opens and closes the list of choices
 */

/** The list of choices with its buttons. @param {import('./standing.js').Paper} paper @param {import('./draft.js').Draft} draft @param {Acts} acts @param {string} id */
function chosenList(paper, draft, acts, id) {
  const projects = projectsOf(paper, draft.choices);
  const ranked = paper.design.kind === 'ranking';
  if (projects.length === 0) return html`<p class="hint small" id=${id}>${t('vote.nothing_yet')}</p>`;
  const line = (/** @type {import('./standing.js').Project} */ project, /** @type {number} */ index) => html`<li>
    ${ranked ? html`<span class="rank">${index + 1}.</span>` : swatch(project.theme)}
    <span class="name">${project.title}</span>
    ${ranked ? html`<span class="move">
        <button class="plain" ?disabled=${index === 0} aria-label=${t('vote.up', { title: project.title })} @click=${() => acts.move(project.number, -1)}>${icon('arrow-up')}</button>
        <button class="plain" ?disabled=${index === projects.length - 1} aria-label=${t('vote.down', { title: project.title })} @click=${() => acts.move(project.number, 1)}>${icon('arrow-down')}</button></span>`
      : html`<span class="num">${withPoints(paper.design) ? t('points', { count: draft.points?.[index] ?? 0 }) : money(project.cost)}</span>`}
    <button class="plain" aria-label=${t('vote.remove', { title: project.title })} @click=${() => acts.remove(project.number)}>${icon('close')}</button></li>`;
  const items = repeat(projects, (project) => project.number, line);
  return ranked ? html`<ol class="lines" id=${id}>${items}</ol>` : html`<ul class="lines" id=${id}>${items}</ul>`;
}

/** @param {ReturnType<typeof standing>} now */
const amount = (now) => html`<span class="amount">${now.over ? icon('warn') : nothing}${now.left}</span>`;

const checkAddress = () => path('r', params.round, 'check');

/** @param {import('./standing.js').Paper} paper @param {import('./draft.js').Draft} draft @param {boolean} open @param {Acts} acts */
export function voteBar(paper, draft, open, acts) {
  const now = standing(paper, draft.choices, draft.points);
  return html`<section class="votebar ${now.over ? 'over' : ''}" id="votebar" aria-label=${t('vote.yours')}>
    ${open ? chosenList(paper, draft, acts, 'bar-choices') : nothing}
    <div class="row"><div>${amount(now)}
      <button class="link" aria-expanded=${open ? 'true' : 'false'} aria-controls="bar-choices" @click=${acts.toggle}>${t('choices', { count: draft.choices.length })}${icon(open ? 'down' : 'up')}</button></div>
      <a class="button" href=${checkAddress()}>${t('vote.check')}</a></div>
    ${now.ruler ? ruler(now.ruler) : nothing}
    ${now.over ? html`<p class="vh">${t('vote.remove_something')}</p>` : nothing}
  </section>`;
}

/** @param {import('./standing.js').Paper} paper @param {import('./draft.js').Draft} draft @param {Acts} acts */
export function voteSheet(paper, draft, acts) {
  const now = standing(paper, draft.choices, draft.points);
  return html`<section class="yours ${now.over ? 'over' : ''}" aria-labelledby="yours-title">
    <h2 id="yours-title">${t('vote.yours')}</h2>
    ${amount(now)}<p class="hint small">${now.over ? t('vote.remove_something') : now.of}</p>
    ${now.ruler ? ruler({ ...now.ruler, tall: true, scale: paper.design.kind === 'knapsack' }) : nothing}
    ${chosenList(paper, draft, acts, 'sheet-choices')}
    <a class="button" href=${checkAddress()}>${t('vote.check')}</a>
  </section>`;
}
