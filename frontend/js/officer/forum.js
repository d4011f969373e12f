// What a forum says of itself: its organisers change the texts, whom to ask, and who is shown to be in charge.
import { announce, api, areaField, errorSummary, fieldId, focusSummary, html, icon, nothing, params, path, Problem, reasonFor, setTitle, show, t, textField } from '../lib.js';
import { doneNote, focusOn, guardLeaving, officerPage, ownReason, reasonsOf } from './desk.js';

/** @typedef {{name: string, role: string}} Person */
/** @typedef {{description: string, contact_email: string, contact_phone: string, people: Person[]}} Texts */

const MOST_PEOPLE = 12;

officerPage('officer-forum', async (me) => {
  const address = `/api/forums/${encodeURIComponent(params.forum)}`;
  let forum = await api('GET', address);
  setTitle(forum.name);
  const mayChange = me.roles.some((role) => role.role === 'organiser' && role.forum === forum.slug);
  /** @returns {Texts} */
  const read = () => ({ description: forum.description, contact_email: forum.contact_email, contact_phone: forum.contact_phone, people: forum.people.map((/** @type {Person} */ one) => ({ ...one })) });
  let values = read();
  /** @type {import('../lib.js').Reason[]} */
  let problems = [];
  let busy = false;
  let saved = false;
  guardLeaving(() => JSON.stringify(values) !== JSON.stringify(read()));

  /** @param {Partial<Texts>} to */
  const set = (to) => { values = { ...values, ...to }; draw(); };

  const people = () => {
    const change = (/** @type {number} */ at, /** @type {Partial<Person>} */ to) => set({ people: values.people.map((one, place) => (place === at ? { ...one, ...to } : one)) });
    const add = () => {
      set({ people: [...values.people, { name: '', role: '' }] });
      document.getElementById(fieldId(`people.${values.people.length - 1}.name`))?.focus();
    };
    const remove = (/** @type {number} */ at) => {
      set({ people: values.people.filter((_, place) => place !== at) });
      announce(t('officer.forum.removed'));
      document.getElementById('add-person')?.focus();
    };
    return html`<fieldset class="field" id="f-people" tabindex="-1"><legend class="h2">${t('officer.forum.people')}</legend><p class="hint">${t('officer.forum.people_hint')}</p>
      ${values.people.map((one, at) => html`<div class="pot" role="group" aria-label=${t('officer.forum.person', { row: at + 1 })}>
        ${textField({ name: `people.${at}.name`, label: t('officer.forum.name'), value: one.name, error: reasonFor(problems, `people.${at}.name`), input: (name) => change(at, { name }) })}
        ${textField({ name: `people.${at}.role`, label: t('officer.forum.role'), value: one.role, error: reasonFor(problems, `people.${at}.role`), input: (role) => change(at, { role }) })}
        <button class="plain" type="button" @click=${() => remove(at)}>${icon('close')}<span class="vh">${t('officer.money.remove', { row: at + 1, funder: one.name })}</span></button></div>`)}
      ${values.people.length < MOST_PEOPLE ? html`<p><button class="button quiet" id="add-person" type="button" @click=${add}>${t('officer.forum.add')}</button></p>` : nothing}</fieldset>`;
  };

  const draw = () => show(html`<div class="read">${errorSummary(problems)}${saved ? doneNote(t('officer.forum.saved')) : nothing}
    <p class="over-title"><a class="back" href=${path('o')}>${t('officer.back.today')}</a></p><h1>${forum.name}</h1>
    <p><a href=${path('f', forum.slug)}>${t('officer.forum.page')}</a></p>
    ${mayChange ? html`<form novalidate @submit=${save}>
      ${areaField({ name: 'description', label: t('officer.forum.description'), hint: t('officer.forum.description_hint'), value: values.description, rows: 5, max: 2000, error: reasonFor(problems, 'description'), input: (description) => set({ description }) })}
      ${textField({ name: 'contact_phone', label: t('officer.forum.phone'), hint: t('officer.forum.contact_hint'), type: 'tel', width: 'middle', value: values.contact_phone, error: reasonFor(problems, 'contact_phone'), input: (contact_phone) => set({ contact_phone }) })}
      ${textField({ name: 'contact_email', label: t('officer.forum.email'), type: 'email', value: values.contact_email, error: reasonFor(problems, 'contact_email'), input: (contact_email) => set({ contact_email }) })}
      ${people()}<button class="button" aria-disabled=${busy ? 'true' : nothing}>${t('officer.form.save')}</button></form>` : html`<p>${t('officer.forum.not_organiser')}</p>`}</div>`);

  /** @param {SubmitEvent} event */
  async function save(event) {
    event.preventDefault();
    if (busy) return;
    busy = true;
    saved = false;
    problems = values.people.flatMap((one, at) => (one.name.trim() || one.role.trim() ? [] : [ownReason('officer_name_missing', `people.${at}.name`)]));
    if (problems.length === 0) await send();
    busy = false;
    draw();
    if (problems.length > 0) focusSummary(forum.name);
    else focusOn();
  }

  async function send() {
    try {
      forum = await api('PUT', `${address}/texts`, { ...values, version: forum.version });
      values = read();
      saved = true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems = reasonsOf(error);
    }
  }

  draw();
});
