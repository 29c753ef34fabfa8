/** What a network does to messages: loses, repeats, delays and reorders them. Seeded. */
import type { PhoneMessage } from './virtualPhone.ts';
import { mixSeeds, seededRandom } from './seededRandom.ts';

export interface PhoneNetworkOptions {
  readonly seed?: number;
  readonly lossRatio?: number;
  readonly repeatRatio?: number;
  /** So many are held up until the next one has passed them. */
  readonly reorderRatio?: number;
  /** Every message takes at least so long; default 8. */
  readonly delayMs?: number;
  /** And at most so much longer; default 0. */
  readonly jitterMs?: number;
}

export interface Delivery {
  /** True seconds, on the axis of `PhoneMessage.sentS`. */
  readonly atS: number;
  readonly text: string;
}

/** In the order of arrival. */
export function throughNetwork(messages: Iterable<PhoneMessage>, options: PhoneNetworkOptions = {}): Delivery[] {
  const { seed = 1, lossRatio = 0, repeatRatio = 0, reorderRatio = 0, delayMs = 8, jitterMs = 0 } = options;
  const random = seededRandom(mixSeeds(seed, 11));
  const all = [...messages];
  const deliveries = all.flatMap(({ sentS, text }, i): Delivery[] => {
    if (random() < lossRatio) return [];
    const following = all.at(i + 1);
    const heldS = following && random() < reorderRatio ? following.sentS - sentS + 0.02 : 0;
    const atS = sentS + heldS + (delayMs + jitterMs * random()) / 1000;
    return random() < repeatRatio
      ? [
          { atS, text },
          { atS: atS + 0.03, text },
        ]
      : [{ atS, text }];
  });
  return deliveries.sort((a, b) => a.atS - b.atS);
}
