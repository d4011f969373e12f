// The receipt.
import { html, icon, money, page, params, path, setTitle, show, t, timeline } from './lib.js';
import { keepChoices, loadDraft, loadReceipt } from './ballot/draft.js';
import { help, steps, votingPaper, whichVote } from './ballot/frame.js';
import { projectsOf, withPoints } from './ballot/standing.js';

const receipt = loadReceipt();
let choicesShown = false;

page('done', async () => {
  const paper = await votingPaper(receipt !== null, receipt?.vote);
  if (paper === null) return;
  setTitle(t(receipt ? 'done.title' : 'done.none'));
  if (receipt === null) {
    show(html`<div class="read"><h1>${t('done.none')}</h1><p>${t('done.none_text')}</p>
      <p class="row"><a class="button" href=${path('r', params.round, 'vote')}>${t('round.vote')}</a><a class="button quiet" href=${path('r', params.round)}>${t('closed.round')}</a></p></div>`);
    return;
  }
  draw(paper);
});

/** @param {import('./ballot/standing.js').Paper} paper */
function draw(paper) {
  if (receipt === null) return;
  const dates = [['voting_close', paper.voting_close], ['results', paper.results]].filter(([, when]) => when);
  show(html`<div class="read"><p class="over-title">${steps(3)}</p>${whichVote(paper)}
    <div class="receipt"><h1>${icon('check')}${t('done.title')}</h1><p>${t('done.code')}</p><b class="key">${receipt.receipt}</b>
      <p class="small">${t('done.when', { day: receipt.recorded.day, time: receipt.recorded.time })}</p></div>
    ${checked(receipt.verdict)}
    <p>${t('done.keep')}</p>
    <p class="row noprint"><button class="button" @click=${() => print()}>${icon('print')}${t('done.print')}</button>
      <a class="button quiet" download=${`receipt-${receipt.receipt}.txt`} href=${`data:text/plain;charset=utf-8,${encodeURIComponent(receipt.file)}`}>${t('done.save')}</a></p>
    <p class="small">${t('done.yours')} <a href="${path('r', params.round, 'receipt')}#${receipt.receipt}">${t('done.look')}</a></p>
    <p class="noprint"><button class="button quiet" aria-expanded=${choicesShown ? 'true' : 'false'} @click=${() => { choicesShown = !choicesShown; draw(paper); }}>${
      t(choicesShown ? 'done.hide' : 'done.show')}</button></p>
    ${choicesShown ? choices(paper) : ''}
    <p class="noprint"><button class="link" @click=${() => changeVote(paper)}>${t('done.change')}</button></p>
    <h2>${t('done.next')}</h2>
    ${timeline(dates.map(([name, when]) => ({ when: /** @type {any} */ (when).date, what: t(`date.${name}`) })))}
    <p>${t('done.questions')} ${help(paper.contact)}</p></div>`);
}

/** What the page found when it worked the receipt out anew. @param {import('./ballot/proof.js').Verdict} verdict */
const checked = (verdict) => (verdict === 'wrong'
  ? html`<div class="notice warn" role="alert"><div><b>${t('done.wrong')}</b> ${t('done.wrong_text')}</div></div>`
  : html`<p class="place">${icon('check')}${t(verdict === 'checked' ? 'done.checked' : 'done.unsigned')}</p>`);

/** @param {import('./ballot/standing.js').Paper} paper */
function choices(paper) {
  const projects = projectsOf(paper, receipt?.choices ?? []);
  if (projects.length === 0) return html`<p class="sheet">${t('done.blank')}</p>`;
  return html`<div class="sheet"><table class="tight"><caption>${t('vote.yours')}</caption><tbody>${projects.map((project, index) => html`<tr>
    <th scope="row">${paper.design.kind === 'ranking' ? `${index + 1}. ` : ''}${project.title}</th>
    <td class="num">${withPoints(paper.design) ? t('points', { count: receipt?.points?.[index] ?? 0 }) : money(project.cost)}</td></tr>`)}</tbody></table></div>`;
}

/** Back to the ballot with the same choices. @param {import('./ballot/standing.js').Paper} paper */
function changeVote(paper) {
  if (receipt) keepChoices(loadDraft(paper.poll_id), receipt.choices, receipt.points);
  location.assign(path('r', params.round, 'vote'));
}
