// The letters of the batches that came from a file: make them, make them again only on purpose, and note that they are posted.
import { announce, api, checkField, errorSummary, focusSummary, html, icon, nothing, number, Problem, setTitle, t } from '../lib.js';
import { focusOn, ownReason, reasonsOf, roundApi, slug } from './desk.js';
import { fetchFile, save } from './files.js';

/** @typedef {{id: string, label: string, size: number, imported: boolean, letters: number, letters_made: import('../lib.js').Instant | null, letters_posted: import('../lib.js').Instant | null}} Batch */

/** @param {{title: string, redraw: () => void, reload: () => Promise<void>, mayMake: () => boolean}} page */
export function letterDesk({ title, redraw, reload, mayMake }) {
  /** What is being asked, and of which batch. @type {{what: 'again' | 'posted', id: string} | null} */
  let asking = null;
  let sure = false;
  let making = '';
  let bytes = 0;
  let told = '';
  /** @type {import('../lib.js').Reason[]} */
  let problems = [];

  /** @param {() => Promise<void>} act */
  async function attempt(act) {
    problems = [];
    told = '';
    try {
      await act();
      asking = null;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems = error.code === 'officer_letters_broke_off' ? [ownReason(error.code, '')] : reasonsOf(error);
    }
    making = '';
    await reload().catch(() => {});
    redraw();
    if (problems.length > 0) focusSummary(title);
    else focusOn('letters-told');
  }

  /** @param {Batch} batch */
  const make = (batch) => {
    if (making) return;
    making = batch.id;
    bytes = 0;
    redraw();
    announce(t('officer.letters.making', { count: batch.size, shown: number(batch.size) }));
    attempt(async () => {
      const file = await fetchFile(roundApi(slug, `batches/${batch.id}/letters`), { made: batch.letters }, (now) => {
        bytes = now;
        redraw();
      });
      save(`${slug}-${batch.label.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '-')}.pdf`, file);
      told = t('officer.letters.saved', { count: batch.size, shown: number(batch.size) });
    });
  };

  /** @param {Batch} batch */
  const posted = (batch) => attempt(async () => {
    await api('POST', roundApi(slug, `batches/${batch.id}/posted`), { made: batch.letters });
    told = t('officer.letters.noted');
  });

  /** @param {Batch} batch @param {'again' | 'posted'} what */
  const question = (batch, what) => {
    asking = { what, id: batch.id };
    sure = false;
    problems = [];
    redraw();
    focusOn('letters-asking');
  };

  /** @param {Batch} batch */
  const go = (batch) => {
    if (!sure) {
      problems = [ownReason(asking?.what === 'again' ? 'officer_letters_again_unsure' : 'officer_letters_posted_unsure', 'letters-sure')];
      redraw();
      setTitle(title, true);
      focusSummary(title);
    } else if (asking?.what === 'again') make(batch);
    else posted(batch);
  };

  const cancel = () => {
    asking = null;
    problems = [];
    redraw();
  };

  /** @param {Batch} batch */
  const asked = (batch) => html`<div class="notice ${asking?.what === 'again' ? 'bad' : 'warn'}" id="letters-asking" tabindex="-1"><div>
    <p><b>${t(`officer.letters.${asking?.what}_title`, { label: batch.label })}</b></p><p>${t(`officer.letters.${asking?.what}_text`, { date: batch.letters_made?.date, time: batch.letters_made?.time, count: batch.size, shown: number(batch.size) })}</p>
    ${checkField({ name: 'letters-sure', label: t(`officer.letters.${asking?.what}_sure`), checked: sure, error: problems.find((problem) => problem.field === 'letters-sure'), change: (value) => { sure = value; } })}
    <p class="row"><button class="button" @click=${() => go(batch)}>${t(`officer.letters.${asking?.what}`)}</button><button class="button quiet" @click=${cancel}>${t('officer.letters.cancel')}</button></p></div></div>`;

  /** @param {Batch} batch */
  function state(batch) {
    if (making === batch.id) {
      return html`<div role="status"><p>${t('officer.letters.making', { count: batch.size, shown: number(batch.size) })} ${bytes > 0 ? t('officer.letters.so_far', { mb: (bytes / 1e6).toFixed(1) }) : nothing}</p><progress aria-label=${t('officer.letters.progress')}></progress></div>`;
    }
    if (batch.letters_posted) return html`<p>${t('officer.letters.posted_on', { date: batch.letters_posted.date, time: batch.letters_posted.time })}</p>`;
    if (batch.letters_made) {
      return html`<p>${t('officer.letters.made_on', { date: batch.letters_made.date, time: batch.letters_made.time })}</p>
        ${mayMake() ? html`<p class="row"><button class="button quiet" @click=${() => question(batch, 'posted')}>${t('officer.letters.posted')}</button><button class="button quiet" @click=${() => question(batch, 'again')}>${t('officer.letters.again')}</button></p>` : nothing}`;
    }
    return html`<p>${t('officer.letters.none_yet')}</p>${mayMake() ? html`<p><button class="button" @click=${() => make(batch)}>${t('officer.letters.make')}</button></p>` : nothing}`;
  }

  return {
    summary: () => errorSummary(problems),
    /** @param {Batch[]} batches */
    draw: (batches) => (batches.length === 0 ? nothing : html`<section class="sheet" aria-labelledby="letters-title"><h2 id="letters-title">${t('officer.letters.title')}</h2><p>${t('officer.letters.text')}</p>
      ${told ? html`<div class="notice ok" id="letters-told" role="status" tabindex="-1">${icon('check')}<div><p>${told}</p></div></div>` : nothing}
      ${batches.map((batch) => html`<div class="letter-batch"><h3>${batch.label}</h3><p class="quiet">${t('officer.letters.people', { count: batch.size, shown: number(batch.size) })}</p>${asking?.id === batch.id && !making ? asked(batch) : state(batch)}</div>`)}</section>`),
  };
}
