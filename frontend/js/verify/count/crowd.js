// Voters by which of the bought projects they support, for maximin support.

/** @typedef {import('./backing.js').Backing} Backing @typedef {import('./backing.js').Backers} Backers */

/**
 * Who supports which of some projects, which are known by their places in `projects`. Class k are `heads[k]` voters who support the same, one project at
 * least. Edge e joins class `classOf[e]` and project `placeOf[e]`; the edges of class k are those from `starts[k]` to before `starts[k + 1]`, those of
 * project p are `edges[p]`.
 * @typedef {object} Network
 * @property {number[]} projects @property {Float64Array} heads @property {Int32Array} starts @property {Int32Array} placeOf @property {Int32Array} classOf
 * @property {Int32Array[]} edges
 */

export class Crowd {
  /** @param {Backing} backed */
  constructor(backed) {
    this.backed = backed;
    /** @type {number[]} the bought projects, in order */
    this.bought = [];
    this.classOf = new Int32Array(backed.heads.length); // of each group of voters
    /** @type {number[][]} what each class supports, as places in `bought` */
    this.supports = [[]];
    this.heads = [backed.heads.reduce((sum, heads) => sum + heads, 0)];
  }

  /** The classes that there would be with one project more, which comes last. @param {number} project @returns {Network} */
  with(project) {
    const joined = this.supporters(project);
    const last = this.bought.length;
    const most = 2 * this.heads.length;
    const [heads, starts] = [new Float64Array(most), new Int32Array(most + 1)];
    const placeOf = new Int32Array(this.supports.reduce((sum, places) => sum + 2 * places.length + 1, 0));
    let [k, e] = [0, 0];
    this.supports.forEach((places, old) => {
      for (const more of [false, true]) {
        heads[k] = more ? joined[old] : this.heads[old] - joined[old];
        if (heads[k] === 0 || (!more && places.length === 0)) continue;
        for (const place of places) placeOf[e++] = place;
        if (more) placeOf[e++] = last;
        k += 1;
        starts[k] = e;
      }
    });
    return network([...this.bought, project], heads.subarray(0, k), starts.subarray(0, k + 1), placeOf.subarray(0, e));
  }

  /** Part the classes by who supports the project. @param {number} project */
  buy(project) {
    const place = this.bought.push(project) - 1;
    const moved = new Map();
    this.supporters(project).forEach((heads, k) => {
      if (heads === 0) return;
      moved.set(k, this.heads.push(heads) - 1);
      this.supports.push([...this.supports[k], place]);
      this.heads[k] -= heads;
    });
    for (const g of this.backers(project).groups) this.classOf[g] = moved.get(this.classOf[g]);
  }

  /** How many voters of each class support the project. @param {number} project */
  supporters(project) {
    const { groups, heads } = this.backers(project);
    const found = new Float64Array(this.heads.length);
    for (let place = 0; place < groups.length; place += 1) found[this.classOf[groups[place]]] += heads[place];
    return found;
  }

  /** @param {number} project */
  backers(project) {
    return /** @type {Backers} */ (this.backed.backers.get(project));
  }
}

/** @param {number[]} projects @param {Float64Array} heads @param {Int32Array} starts @param {Int32Array} placeOf @returns {Network} */
function network(projects, heads, starts, placeOf) {
  const classOf = new Int32Array(placeOf.length);
  const size = new Int32Array(projects.length);
  for (let k = 0; k < heads.length; k += 1) classOf.fill(k, starts[k], starts[k + 1]);
  for (let e = 0; e < placeOf.length; e += 1) size[placeOf[e]] += 1;
  const edges = Array.from(size, (length) => new Int32Array(length));
  for (let e = placeOf.length - 1; e >= 0; e -= 1) edges[placeOf[e]][--size[placeOf[e]]] = e;
  return { projects, heads, starts, placeOf, classOf, edges };
}
