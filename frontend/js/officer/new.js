// A new round: which forum, which template, what it is called.
import { api, errorSummary, focusSummary, html, nothing, path, Problem, radioField, reasonFor, reasonText, selectField, setTitle, show, svg, t, textField } from '../lib.js';
import { desk, officerPage, ownReason, reasonsOf } from './desk.js';

/** @typedef {{id: string, title: string, sentence: string, phases: {phase: string, days: number}[]}} Template */

const title = () => t('officer.new.title');

/** How long each phase usually takes, as a bar with words. @param {Template} template */
const course = (template) => {
  const total = template.phases.reduce((sum, phase) => sum + phase.days, 0) || 1;
  let from = 0;
  return html`<span class="course"><svg class="tape" aria-hidden="true">${template.phases.map((phase) => {
    const x = (100 * from) / total;
    from += phase.days;
    return svg`<rect class="p-${phase.phase}" x="${x}%" y="0" width="${(100 * phase.days) / total}%" height="100%"></rect>`;
  })}</svg><span class="course-words">${template.phases.map((phase) => html`<span class="course-word"><i class="dot p-${phase.phase}"></i>${t('officer.new.phase', { phase: t(`officer.phase.${phase.phase}`), count: phase.days })}</span>`)}</span></span>`;
};

/** @param {Template} template */
const card = (template) => html`<span class="template"><b>${template.title}</b><span>${template.sentence}</span>${course(template)}</span>`;

officerPage('officer-new', async (me) => {
  setTitle(title());
  const forums = me.roles.filter((role) => role.role === 'organiser');
  if (forums.length === 0) {
    show(html`<div class="read"><h1>${title()}</h1><p>${t('officer.new.not_organiser')}</p><p><a class="button" href=${path('o')}>${t('officer.back.today')}</a></p></div>`);
    return;
  }
  /** @type {Template[]} */
  const templates = (await api('GET', '/api/templates')).items;
  const typed = { forum: forums.length === 1 ? forums[0].forum : '', template: '', title: '' };
  /** @type {import('../lib.js').Reason[]} */
  let problems = [];
  let busy = false;

  const draw = () => show(html`<div class="read wide-read">${errorSummary(problems)}
    <p class="over-title"><a class="back" href=${path('o')}>${t('officer.back.today')}</a></p>
    <h1>${title()}</h1><p class="lead">${t('officer.new.lead')}</p>
    <form novalidate @submit=${submit}>${forumField()}${templateField()}
      ${textField({ name: 'title', label: t('officer.about.title_label'), hint: t('officer.new.title_hint'), value: typed.title, max: 90, error: reasonFor(problems, 'title'),
        input: (value) => { typed.title = value; draw(); } })}
      <button class="button" aria-disabled=${busy ? 'true' : nothing}>${t('officer.new.button')}</button></form></div>`);

  const forumField = () => {
    const options = forums.map((role) => ({ value: role.forum, text: role.forum_name }));
    if (options.length === 1) return html`<p><b>${t('officer.new.forum')}</b><br>${options[0].text}</p>`;
    const field = { name: 'forum', label: t('officer.new.forum'), value: typed.forum, error: reasonFor(problems, 'forum'), change: (/** @type {string} */ value) => { typed.forum = value; draw(); } };
    return options.length < 6 ? radioField({ ...field, options }) : selectField({ ...field, options: [{ value: '', text: t('officer.new.choose') }, ...options] });
  };

  const templateField = () => {
    const error = reasonFor(problems, 'template');
    return html`<fieldset class="field ${error ? 'wrong' : ''}" aria-describedby=${error ? 'f-template-error' : nothing}><legend>${t('officer.new.template')}</legend>
      <p class="hint">${t('officer.new.template_hint')}</p>${error ? html`<p class="error" id="f-template-error">${reasonText(error)}</p>` : nothing}
      <div class="templates">${templates.map((template, index) => html`<label class="choice card ${typed.template === template.id ? 'chosen' : ''}">
        <input type="radio" name="template" id=${index === 0 ? 'f-template' : nothing} value=${template.id} .checked=${typed.template === template.id}
          @change=${() => { typed.template = template.id; draw(); }}>${card(template)}</label>`)}</div></fieldset>`;
  };

  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    if (busy) return;
    problems = [
      ...(typed.forum ? [] : [ownReason('officer_forum_missing', 'forum')]),
      ...(typed.template ? [] : [ownReason('officer_template_missing', 'template')]),
      ...(typed.title.trim() ? [] : [ownReason('officer_title_missing', 'title')]),
    ];
    if (problems.length === 0) await send();
    draw();
    if (problems.length > 0) focusSummary(title());
  }

  async function send() {
    busy = true;
    draw();
    try {
      const setup = await api('POST', '/api/rounds', typed);
      location.assign(`${desk(setup.slug)}?saved=new`);
      return;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems = reasonsOf(error);
    }
    busy = false;
  }

  draw();
});
