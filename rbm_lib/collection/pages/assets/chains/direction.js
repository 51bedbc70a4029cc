// What CD-k gets wrong of the gradient, as shares of its length: in the mean, by chance, and together.

export class Direction {
  constructor(state) {
    this.k = state.k; // the values of k
    this.weights = state.weights; // [{name, sampled: {error, noise}, expected: {error, noise}}], a number a k
    this.price = state.price; // seconds of an epoch over those of the first k
    this.users = state.users; // numbers of users in a mini-batch
  }

  /** At a place of k: error of the mean, noise of a mini-batch of so many users, both together, and the price. */
  at({ place, weights, negative, users }) {
    const found = this.weights[weights][negative];
    const [error, noise] = [found.error[place], found.noise[place] / Math.sqrt(users)];
    return { error, noise, together: Math.hypot(error, noise), price: this.price[place] };
  }

  /** The k with which the direction is best for its price: as many mini-batches as the time of one with the first k buys. */
  best({ weights, negative, users }, time) {
    const found = this.weights[weights][negative];
    const off = this.k.map((_, place) => Math.hypot(found.error[place], found.noise[place] / Math.sqrt((users * time) / this.price[place])));
    return off.indexOf(Math.min(...off));
  }
}

const SMALLEST = 1e-4;

/** A share in per cent, as precise as it is large. */
export function percent(share) {
  const value = 100 * share;
  if (share < SMALLEST) return `less than ${100 * SMALLEST} %`;
  return `${value.toFixed(value < 1 ? 2 : value < 10 ? 1 : 0)} %`;
}
