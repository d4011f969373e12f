// What a Pabulib file lists (pabulib.org/format): enough to compare with.
import { fromUtf8, MalformedError } from '../ballotbox/bytes.js';
import { hundredths } from './decimals.js';

/** Budget and costs in hundredths; how often each vote is listed, by `voteKey`. @typedef {{budget: number, costs: Map<string, number>, votes: Map<string, number>}} Listed */

/** One text for a vote: on a ranking alone the order of its projects tells. @param {readonly string[]} projects @param {readonly number[]} points @param {boolean} ranked */
export function voteKey(projects, points, ranked) {
  const entries = projects.map((project, place) => [project, points[place]]);
  if (!ranked) entries.sort(([first], [second]) => (first < second ? -1 : 1));
  return JSON.stringify([entries, points.length]);
}

/** What the file lists. Throws MalformedError. @param {Uint8Array} file @param {boolean} ranked @returns {Listed} */
export function readListed(file, ranked) {
  const rows = tableRows(fromUtf8(file));
  const [meta, projects, votes] = ['META', 'PROJECTS', 'VOTES'].map((title) => rows.findIndex((row) => row.length === 1 && row[0] === title));
  if (!(meta >= 0 && meta < projects && projects < votes)) throw new MalformedError('META, PROJECTS and VOTES do not follow each other');
  const budget = budgetOf(rows.slice(meta + 1, projects));
  const costs = new Map();
  for (const row of named(rows.slice(projects + 1, votes))) {
    const id = cell(row, 'project_id');
    if (costs.has(id)) throw new MalformedError('a project is there twice');
    costs.set(id, hundredths(cell(row, 'cost')));
  }
  const listed = new Map();
  for (const row of named(rows.slice(votes + 1))) {
    const key = voteKey(parts(cell(row, 'vote')), parts(row.get('points') ?? '').map(wholeNumber), ranked);
    listed.set(key, (listed.get(key) ?? 0) + 1);
  }
  return { budget, costs, votes: listed };
}

/** @param {string[][]} rows pairs of a name and its value */
function budgetOf(rows) {
  for (const row of rows) {
    if (row.length !== 2) throw new MalformedError('its first part does not consist of pairs');
    if (row[0] === 'budget') return hundredths(row[1]);
  }
  throw new MalformedError('it has no budget');
}

/** Rows by the names in the first of them. @param {string[][]} rows */
function* named([head, ...rows]) {
  if (!head) throw new MalformedError('a part of it has no names of columns');
  for (const row of rows) {
    if (row.length !== head.length) throw new MalformedError('a row has more or fewer cells than there are columns');
    yield new Map(head.map((name, place) => [name, row[place]]));
  }
}

/** @param {Map<string, string>} row @param {string} name */
function cell(row, name) {
  const value = row.get(name);
  if (value === undefined) throw new MalformedError(`it has no column ${name}`);
  return value;
}

/** @param {string} text */
const parts = (text) => (text === '' ? [] : text.split(','));

/** @param {string} text */
function wholeNumber(text) {
  if (!/^\s*[+-]?\d{1,15}\s*$/.test(text)) throw new MalformedError('points are not whole numbers');
  return Number(text);
}

/** The rows of a table with semicolons (RFC 4180 otherwise); an empty line is a row of no cells. @param {string} text @returns {string[][]} */
function tableRows(text) {
  const rows = [];
  const next = /"([^"]*(?:""[^"]*)*)"|[^;\r\n]*/y;
  for (let place = 0; place < text.length;) {
    const start = place;
    /** @type {string[]} */
    const row = [];
    for (let more = true; more;) {
      next.lastIndex = place;
      const [whole, quoted] = /** @type {RegExpExecArray} */ (next.exec(text));
      place += whole.length;
      const closed = place === text.length || ';\r\n'.includes(text[place]);
      if (quoted === undefined ? whole.startsWith('"') : !closed) throw new MalformedError('a quotation mark is out of place');
      row.push(quoted === undefined ? whole : quoted.replaceAll('""', '"'));
      more = text[place] === ';';
      if (more) place += 1;
    }
    rows.push(place === start ? [] : row);
    place += text.startsWith('\r\n', place) ? 2 : 1;
  }
  return rows;
}
