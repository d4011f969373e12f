// What an officers' page does, one thing at a time: what went wrong stands at the top, what was done is said once.
import { errorSummary, focusSummary, html, nothing, Problem, reasonFor, t } from '../lib.js';
import { doneNote, focusOn, reasonsOf } from './desk.js';

/** @typedef {import('../lib.js').Reason} Reason */
/** @typedef {ReturnType<typeof work>} Work */

/**
 * `tell` puts into words what was done; `load` fetches anew what the page shows, after each step.
 * @param {{title: () => string, load: () => Promise<void>, draw: () => void, tell: (said: string) => unknown}} page
 */
export function work({ title, load, draw, tell }) {
  /** @type {Reason[]} */
  let problems = [];
  let busy = '';
  let said = '';

  function drawn() {
    draw();
    if (problems.length > 0) focusSummary(title());
    else if (said) focusOn();
  }

  /**
   * Do one thing; whatever comes of it, the page shows the state after it.
   * @param {string} name of the button @param {() => Promise<string>} run gives back what was done, for `tell`
   * @param {Record<string, string>} [fields] what the page calls the API's fields, where that differs
   */
  async function act(name, run, fields = {}) {
    if (busy) return;
    busy = name;
    problems = [];
    said = '';
    draw();
    try {
      said = await run();
      await load();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems = reasonsOf(error).map((reason) => ({ ...reason, field: fields[reason.field] ?? reason.field }));
      if (error.code !== 'offline') await load().catch(() => {});
    }
    busy = '';
    drawn();
  }

  return {
    act,
    get problems() { return problems; },
    /** Refuse before anything is sent; true if there was something wrong. @param {Reason[]} reasons */
    refuse(reasons) {
      problems = reasons;
      if (reasons.length === 0) return false;
      said = '';
      drawn();
      return true;
    },
    /** Say something that another page has done. @param {string} what */
    say(what) {
      said = what;
      drawn();
    },
    forget() {
      problems = [];
      said = '';
    },
    /** @param {string} field */
    error: (field) => reasonFor(problems, field),
    head: () => html`${errorSummary(problems)}${said ? doneNote(tell(said)) : nothing}`,
    /** @param {string} name @param {unknown} text @param {(() => void) | undefined} click none for the button of a form @param {string} [kind] */
    button: (name, text, click, kind = '') => html`<button class="button ${kind}" type=${click ? 'button' : 'submit'} aria-disabled=${busy ? 'true' : nothing}
      @click=${click ?? nothing}>${busy === name ? t('officer.busy') : text}</button>`,
  };
}
