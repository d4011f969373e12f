/** The election cannot be counted as asked; the message says what is in the way. */
export class RecountError extends Error {}
