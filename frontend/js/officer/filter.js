// What the officers' queue is narrowed to: the same in the address of the page, in what the API is asked, and from one
// proposal to the next.

export const STATUSES = ['submitted', 'changes_requested', 'accepted', 'accepted_with_changes', 'rejected', 'merged', 'split', 'withdrawn',
  'on_the_ballot', 'shortlisted', 'funded', 'part_funded', 'reserve', 'not_funded', 'placed'];
export const FLAGS = /** @type {const} */ (['overdue', 'mine', 'uncosted']);

/** @typedef {{status: string, category: string, q: string, sort: string, overdue: boolean, mine: boolean, uncosted: boolean}} Filter */

/** @returns {Filter} */
export const everyProposal = () => ({ status: '', category: '', q: '', sort: 'waiting', overdue: false, mine: false, uncosted: false });

/** What an address asks for; null where it says nothing. @param {string} search @returns {Filter | null} */
export function readFilter(search) {
  const asked = new URLSearchParams(search);
  const known = ['status', 'category', 'q', 'sort', ...FLAGS].some((name) => asked.has(name));
  if (!known) return null;
  const status = asked.get('status') ?? '';
  return {
    status: STATUSES.includes(status) ? status : '', category: asked.get('category') ?? '', q: asked.get('q') ?? '',
    sort: asked.get('sort') === 'number' ? 'number' : 'waiting',
    overdue: asked.get('overdue') === 'true', mine: asked.get('mine') === 'true', uncosted: asked.get('uncosted') === 'true',
  };
}

/** The page that an address asks for. @param {string} search */
export const readPage = (search) => Math.max(1, Number(new URLSearchParams(search).get('page')) || 1);

/** What narrows, as parameters. @param {Filter} filter */
function narrowing(filter) {
  /** @type {Record<string, string>} */
  const said = {};
  if (filter.status) said.status = filter.status;
  if (filter.category) said.category = filter.category;
  if (filter.q.trim()) said.q = filter.q.trim();
  for (const flag of FLAGS) if (filter[flag]) said[flag] = 'true';
  if (filter.sort !== 'waiting') said.sort = filter.sort;
  return said;
}

/** For the API. @param {Filter} filter @param {Record<string, string>} [more] */
export const apiQuery = (filter, more = {}) => `?${new URLSearchParams({ ...narrowing(filter), ...more })}`;

/** For the address of a page: one that shows every proposal says so. @param {Filter} filter @param {number} [page] */
export function pageQuery(filter, page = 1) {
  const said = narrowing(filter);
  if (Object.keys(said).length === 0) said.status = 'all';
  return `?${new URLSearchParams({ ...said, ...(page > 1 ? { page: String(page) } : {}) })}`;
}
