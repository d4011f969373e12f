// One proposal on the ballot: the card in the list, its control, and the dialog with everything about it.
import { html, icon, live, money, nothing, t, tile } from '../lib.js';
import { withPoints } from './standing.js';

/** @typedef {{chosen: boolean, given: number, place: number, tooDear: number}} State of one project; `tooDear` in pence, 0 when it fits */

/** @param {import('./standing.js').Project} project */
export const anchor = (project) => `no-${project.number}`;

/**
 * The control of a card: a box to tick, or a number of points.
 * @param {import('./standing.js').Paper} paper @param {import('./standing.js').Project} project @param {State} state @param {string} where makes ids unique
 * @param {(project: import('./standing.js').Project, given: number) => void} change
 */
export function control(paper, project, state, where, change) {
  if (withPoints(paper.design)) {
    const most = paper.design.max_points ?? 0;
    const read = (/** @type {Event} */ event) => {
      const input = /** @type {HTMLInputElement} */ (event.currentTarget);
      const given = Math.min(most, Math.max(0, Math.floor(Number(input.value) || 0)));
      if (input.value !== '' && Number(input.value) !== given) input.value = String(given);
      change(project, given);
    };
    return html`<span class="add"><label for="${where}${project.number}">${t(`vote.${paper.design.kind}`)}<span class="vh">: ${project.title}</span></label>
      <input class="points" id="${where}${project.number}" type="number" inputmode="numeric" min="0" max=${most} step="1"
        .value=${live(state.given === 0 ? '' : String(state.given))} @change=${read}></span>`;
  }
  const word = state.chosen ? (paper.design.kind === 'ranking' ? t('vote.added_place', { place: state.place }) : t('vote.added')) : t('vote.add');
  return html`<label class="add"><input type="checkbox" .checked=${live(state.chosen)} aria-label=${t('vote.add_name', { title: project.title, cost: project.cost })}
    @change=${(/** @type {Event} */ event) => change(project, /** @type {HTMLInputElement} */ (event.currentTarget).checked ? 1 : 0)}>
    <span aria-hidden="true">${word}</span></label>`;
}

/** @param {import('./standing.js').Paper} paper @param {import('./standing.js').Project} project @param {State} state @param {(project: import('./standing.js').Project, given: number) => void} change */
export const card = (paper, project, state, change) => html`
  <li class="card ${state.chosen ? 'chosen' : ''}">
    <div class="top">${tile(project.theme)}<span class="theme ${project.theme}">${project.category_name}</span>
      <h3><a href="#${anchor(project)}">${project.title}</a></h3></div>
    <p class="text">${project.summary}</p>
    <div class="end"><span class="cost"><b>${money(project.cost)}</b>${
      state.tooDear > 0 ? html`<span class="nofit">${t('vote.too_dear', { amount: state.tooDear })}</span>` : nothing}</span>
      ${control(paper, project, state, 'card-', change)}</div>
  </li>`;

/** @param {string} text paragraphs, with empty lines between them */
export const paragraphs = (text) => text.split(/\n\s*\n/).filter((part) => part.trim()).map((part) => html`<p>${part}</p>`);

/** @param {import('./standing.js').Paper} paper @param {import('./standing.js').Project | undefined} project @param {State} state @param {(project: import('./standing.js').Project, given: number) => void} change @param {() => void} close */
export function details(paper, project, state, change, close) {
  if (!project) return html`<dialog id="details" @close=${close}></dialog>`;
  const fact = (/** @type {string} */ key, /** @type {unknown} */ value) => (value ? html`<div><dt>${t(key)}</dt><dd>${value}</dd></div>` : nothing);
  return html`<dialog id="details" aria-labelledby="details-title" @close=${close} @click=${closeOutside}>
    ${tile(project.theme, 'wide')}
    <div class="body">
      <div class="row apart top-row"><span class="theme ${project.theme}">${project.category_name}</span>
        <button class="plain" aria-label=${t('vote.close')} @click=${shut}>${icon('close')}</button></div>
      <h2 id="details-title" tabindex="-1">${project.title}</h2>
      ${paragraphs(project.description || project.summary)}
      <dl class="facts">${fact('fact.cost', money(project.cost))}${fact('fact.where', project.place)}${fact('fact.by', project.proposer)}
        ${fact('fact.running', project.running_costs)}${fact('fact.check', project.check)}</dl>
    </div>
    <div class="end ${state.chosen ? 'picked' : ''}"><b class="cost amount">${t('vote.number', { number: String(project.number) })}</b>${control(paper, project, state, 'details-', change)}</div>
  </dialog>`;
}

/** @param {Event} event */
const shut = (event) => /** @type {HTMLElement} */ (event.currentTarget).closest('dialog')?.close();

/** A press on the darkened page around the dialog closes it. @param {MouseEvent} event */
function closeOutside(event) {
  if (event.target === event.currentTarget) /** @type {HTMLDialogElement} */ (event.currentTarget).close();
}
