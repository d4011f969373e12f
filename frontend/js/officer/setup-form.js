// One page of the set-up: a form that is saved as a whole, and what happens when somebody else saved first.
import { announce, api, errorSummary, focusSummary, html, nothing, notice, Problem, reasonFor, setCurrency, setTitle, show, t } from '../lib.js';
import { desk, focusOn, guardLeaving, officerPage, reasonsOf, rehearsalNote, roundApi, slug } from './desk.js';

/** @typedef {import('../lib.js').Reason} Reason */
/** A value as words; `names` where it stands for several values. @typedef {{name: string, label: string, text: string, names?: string[]}} Fact */

/**
 * What a page of the set-up says about itself. `V` is what its controls hold.
 * @template V
 * @typedef {object} Part
 * @property {'about' | 'money' | 'dates' | 'polls' | 'vote' | 'conditions' | 'talk'} part
 * @property {(setup: any) => string} [title] where the set-up says more than the part's name
 * @property {(setup: any) => V} read the values of a set-up
 * @property {(values: V, setup: any) => Reason[]} [check] what is wrong before anything is sent
 * @property {(values: V, setup: any) => object} body what is sent, without the version
 * @property {(values: V, setup: any) => Fact[]} facts the values as words: to read, and to compare with somebody else's
 * @property {(form: Form<V>) => unknown} fields
 */

/**
 * @template V
 * @typedef {object} Form
 * @property {V} values
 * @property {any} setup
 * @property {(field: string) => Reason | undefined} error
 * @property {(change: Partial<V>) => void} set
 */

const MUCH = 160;
const CHANGEABLE = new Set(['draft', 'proposals', 'review']);

/** Which of two votes the address names; the last one where it names none. @param {any} setup @returns {any} */
export function pollOf(setup) {
  const asked = Number(new URLSearchParams(location.search).get('poll'));
  return setup.polls.find((/** @type {{position: number}} */ poll) => poll.position === asked) ?? setup.polls.at(-1);
}

/** The name of a part that each vote has, with the vote where there are two. @param {string} part @param {any} setup */
export const titleOfPoll = (part, setup) => (setup.polls.length === 1 ? t(`officer.${part}.title`)
  : t(`officer.${part}.title_of`, { nth: t(`officer.polls.nth_${pollOf(setup).position}`), title: pollOf(setup).title }));

/** May this person change the set-up now? @param {{phase: string, my_roles: string[]}} setup */
export const mayChange = (setup) => CHANGEABLE.has(setup.phase) && setup.my_roles.includes('organiser');

/** What was typed still stands below, so its beginning is enough. @param {string} text */
const shortened = (text) => (text.length > MUCH ? `${text.slice(0, MUCH).trimEnd()}…` : text || '–');

/** @template V @param {Part<V>} spec */
export function setupPage(spec) {
  const title = (/** @type {any} */ setup) => spec.title?.(setup) ?? t(`officer.${spec.part}.title`);
  officerPage(`officer-${spec.part}`, async () => {
    const setup = await api('GET', roundApi(slug, 'setup'));
    setCurrency(setup.currency);
    setTitle(title(setup));
    if (mayChange(setup)) runForm(setup, spec, title(setup));
    else showFacts(setup, spec, title(setup));
  });
}

/** @param {any} setup @param {string} title */
const head = (setup, title) => html`
  <p class="over-title"><a class="back" href=${desk(setup.slug)}>${t('officer.back.setup')}</a><span>${setup.title}</span></p>
  <h1>${title}</h1>${rehearsalNote(setup)}`;

/** @template V @param {any} setup @param {Part<V>} spec @param {string} title */
function showFacts(setup, spec, title) {
  const frozen = !CHANGEABLE.has(setup.phase);
  show(html`<div class="read">${head(setup, title)}
    ${notice('info', html`<p>${t(frozen ? 'officer.form.frozen' : 'officer.form.not_organiser')}</p>`)}
    <dl class="facts wide sheet">${spec.facts(spec.read(setup), setup).map((fact) => html`<dt>${fact.label}</dt><dd class="lines-kept">${fact.text || '–'}</dd>`)}</dl></div>`);
}

/** @template V @param {any} setup @param {Part<V>} spec @param {string} title */
function runForm(setup, spec, title) {
  let values = spec.read(setup);
  let base = values;
  /** @type {Reason[]} */
  let problems = [];
  /** @type {'' | 'found' | 'loaded'} */
  let conflict = '';
  /** @type {Fact[]} */
  let theirs = [];
  let busy = false;
  let leaving = false;
  const same = (/** @type {unknown} */ one, /** @type {unknown} */ other) => JSON.stringify(one) === JSON.stringify(other);
  guardLeaving(() => !leaving && !same(values, base));

  const draw = () => show(html`<div class="read">${errorSummary(problems)}${head(setup, title)}${conflictBox()}
    <form novalidate @submit=${save}>${spec.fields(form)}
      <p class="row"><button class="button" aria-disabled=${busy ? 'true' : nothing}>${t('officer.form.save')}</button>
        <a class="button quiet" href=${desk(setup.slug)}>${t('officer.form.back')}</a></p></form></div>`);

  /** @type {Form<V>} */
  const form = {
    get values() { return values; },
    get setup() { return setup; },
    error: (field) => reasonFor(problems, field),
    set(change) {
      values = { ...values, ...change };
      draw();
    },
  };

  /** @param {SubmitEvent} event */
  async function save(event) {
    event.preventDefault();
    if (busy) return;
    problems = spec.check?.(values, setup) ?? [];
    if (problems.length === 0) await send();
    draw();
    if (problems.length > 0) focusSummary(title);
    else if (conflict) focusOn('conflict');
  }

  async function send() {
    busy = true;
    draw();
    try {
      await api('PUT', roundApi(slug, `setup/${spec.part}`), { ...spec.body(values, setup), version: setup.version });
      leaving = true;
      location.assign(`${desk(slug)}?saved=${spec.part}`);
      return;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.code === 'changed_by_somebody_else') conflict = 'found';
      else problems = reasonsOf(error);
    }
    busy = false;
  }

  async function loadNewer() {
    try {
      const before = spec.facts(base, setup);
      setup = await api('GET', roundApi(slug, 'setup'));
      base = spec.read(setup);
      const after = spec.facts(base, setup);
      theirs = after.filter((fact, index) => fact.text !== before[index]?.text);
      conflict = 'loaded';
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems = reasonsOf(error);
    }
    draw();
    focusOn(problems.length > 0 ? 'problems' : 'conflict');
  }

  /** @param {Fact} fact */
  function useTheirs(fact) {
    const taken = (fact.names ?? [fact.name]).map((name) => [name, /** @type {any} */ (base)[name]]);
    form.set(/** @type {Partial<V>} */ (Object.fromEntries(taken)));
    announce(t('officer.conflict.taken'));
  }

  function conflictBox() {
    if (conflict === '') return nothing;
    const mine = new Map(spec.facts(values, setup).map((fact) => [fact.name, fact.text]));
    return html`<section class="notice warn block" id="conflict" tabindex="-1" aria-labelledby="conflict-title">
      <h2 id="conflict-title">${t('officer.conflict.title')}</h2>
      ${conflict === 'found' ? html`<p>${t('officer.conflict.found')}</p>
        <p><button class="button quiet" type="button" @click=${loadNewer}>${t('officer.conflict.load')}</button></p>`
        : theirs.length === 0 ? html`<p>${t('officer.conflict.elsewhere')}</p>`
          : html`<p>${t('officer.conflict.compare')}</p><div class="scroll"><table class="stack compare tight">
            <thead><tr><th scope="col">${t('officer.conflict.what')}</th><th scope="col">${t('officer.conflict.theirs')}</th><th scope="col">${t('officer.conflict.yours')}</th><td></td></tr></thead>
            <tbody>${theirs.map((fact) => html`<tr><th scope="row" class="all">${fact.label}</th>
              <td class="all" data-label=${t('officer.conflict.theirs')}>${fact.text || '–'}</td><td class="all" data-label=${t('officer.conflict.yours')}>${shortened(mine.get(fact.name) ?? '')}</td>
              <td>${mine.get(fact.name) === fact.text ? t('officer.conflict.same') : html`<button class="link" type="button" aria-label="${t('officer.conflict.use')}: ${fact.label}" @click=${() => useTheirs(fact)}>${t('officer.conflict.use')}</button>`}</td></tr>`)}</tbody></table></div>`}
    </section>`;
  }

  draw();
}
