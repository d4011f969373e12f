// The account of who is funded with how much.

/** @typedef {import('./terms.js').Terms} Terms */

/**
 * A set of amounts can be paid out of the pots exactly if, for every set of pots, the projects that only pots of the set may pay for get no
 * more than the set holds (Hall's marriage theorem). Sets are numbers with a bit for each pot; the last one is all pots, the first is none.
 */
export class Account {
  /** @param {Terms} terms @param {number} projects how many there are */
  constructor({ pots, exclusions }, projects) {
    /** @type {Map<number, bigint>} who is funded with how much, in order */
    this.paid = new Map();
    this.left = pots.reduce((sum, pot) => sum + pot.amount, 0n); // below 0 on credit
    this.budget = this.left;
    this.rivals = Array.from({ length: projects }, (_, project) => rivals(exclusions, project));
    this.free = Array.from({ length: 2 ** pots.length }, (_, set) => pots.reduce((sum, pot, bit) => (set & 1 << bit ? sum + pot.amount : sum), 0n));
    this.setsOf = Array.from({ length: projects }, (_, project) => {
      const payers = pots.reduce((set, pot, bit) => (pot.pays[project] ? set | 1 << bit : set), 0);
      return this.free.map((_held, set) => set).filter((set) => (set & payers) === payers);
    });
  }

  /** Another account that goes on from here. @returns {Account} */
  copy() {
    const copy = Object.assign(Object.create(Account.prototype), this);
    copy.paid = new Map(this.paid);
    copy.free = [...this.free];
    return copy;
  }

  /** The most that can still be paid for the project. @param {number} project @returns {bigint} */
  room(project) {
    return this.setsOf[project].reduce((least, set) => (this.free[set] < least ? this.free[set] : least), this.budget);
  }

  /** The same if there were money without end that every pot might give. @param {number} project @returns {bigint} */
  fencedRoom(project) {
    return this.setsOf[project].reduce((least, set, place, sets) => (place + 1 < sets.length && this.free[set] < least ? this.free[set] : least), this.budget);
  }

  /** Is a rival funded? @param {number} project */
  excluded(project) {
    return this.rivals[project].some((rival) => this.paid.has(rival));
  }

  /** Is a rival or a ring-fence in the way, however much money there is in all? @param {number} project @param {bigint} amount */
  blocked(project, amount) {
    return this.excluded(project) || this.fencedRoom(project) < amount;
  }

  /** Fund the project. @param {number} project @param {bigint} amount */
  pay(project, amount) {
    this.paid.set(project, amount);
    this.left -= amount;
    for (const set of this.setsOf[project]) this.free[set] -= amount;
  }
}

/** The others of each group that the project is in. @param {number[][]} groups @param {number} project */
function rivals(groups, project) {
  return groups.filter((group) => group.includes(project)).flat().filter((other) => other !== project);
}
