// Errors of CD-k relative to the norm of the gradient: bias, sampling noise, and both together.

export class Direction {
  constructor(state) {
    this.k = state.k; // the values of k
    this.weights = state.weights; // [{name, sampled: {error, noise}, expected: {error, noise}}], one number per k
    this.price = state.price; // seconds of an epoch, relative to the first k
    this.users = state.users; // mini-batch sizes to choose from
  }

  /** At an index of k: bias, noise of a mini-batch of this size, both together, and the cost. */
  at({ place, weights, negative, users }) {
    const found = this.weights[weights][negative];
    const [error, noise] = [found.error[place], found.noise[place] / Math.sqrt(users)];
    return { error, noise, together: Math.hypot(error, noise), price: this.price[place] };
  }

  /** The k with the least error at equal cost: `time` mini-batches, measured at the first k, fewer where k costs more. */
  best({ weights, negative, users }, time) {
    const found = this.weights[weights][negative];
    const off = this.k.map((_, place) => Math.hypot(found.error[place], found.noise[place] / Math.sqrt((users * time) / this.price[place])));
    return off.indexOf(Math.min(...off));
  }
}

const SMALLEST = 1e-4;

/** A share in per cent; fewer decimals for larger shares. */
export function percent(share) {
  const value = 100 * share;
  if (share < SMALLEST) return `less than ${100 * SMALLEST} %`;
  return `${value.toFixed(value < 1 ? 2 : value < 10 ? 1 : 0)} %`;
}
