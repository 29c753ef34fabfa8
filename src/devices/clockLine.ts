/**
 * The line through what is known of host time against device time: y(x) = offset + slope · x.
 *
 * Nothing arrives before it was sent, so every arrival is a bound from above; and a request was not heard before it was sent,
 * so every time exchange is a bound from below (and its answer one from above). Delays have an exponential tail, so of all
 * lines between the bounds the most likely has the least sum of distances to them (Moon, Skelly and Towsley 1999, "Estimation
 * and removal of clock skew"), with the crystal's own tolerance as what was believed before.
 *
 * Where packets come at a multiple of the connection interval they all wait equally long, for minutes, and nothing in them
 * shows it: the waiting seems to be the clock. A request waits for a random part of the interval; hence, as soon as there are
 * exchanges, they decide, and arrivals only bound. Pure.
 */

/** The quickest packet of a few seconds; the device's seconds, and how far the host's are ahead. */
export interface Arrival {
  readonly x: number;
  readonly y: number;
}

export interface Exchange {
  readonly x: number;
  /** Host time minus device time is at least and at most this. */
  readonly lower: number;
  readonly upper: number;
}

export interface LineQuestion {
  /** By x, ascending. */
  readonly arrivals: readonly Arrival[];
  readonly exchanges: readonly Exchange[];
  readonly priorSlope: number;
  readonly slopeSd: number;
  /** How much quickest packets are late by, on average. */
  readonly latenessS: number;
}

export interface Line {
  readonly slope: number;
  /** Offset of the line that touches the arrivals from below; NaN when there are none. */
  readonly envelope: number;
  readonly offset: number;
  /** Offset below which nothing can arrive: of the exchanges, or of the arrivals where there are none. */
  readonly earliest: number;
}

/** An exchange is the best of so many: the luckiest of n waits is the n+1st part of the longest. */
const TRIES = 8;
const LEAST_DELAY_S = 0.0005;
/** So many arrivals count like one exchange, once there are exchanges: all of them may be late by the same. */
const ARRIVALS_PER_EXCHANGE = 150;
/** Bounds that contradict each other are noise; the line goes between them. */
const CONTRADICTION_WEIGHT = 1e6;
/** Sensors that run free are up to a tenth off their name, which is five times what is usual. */
const SEARCH_SD = 6;
const SEARCH_STEPS = 44;
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

export function fitClockLine(question: LineQuestion): Line {
  const { priorSlope, slopeSd } = question;
  const cost = costOf(question);
  let low = priorSlope - SEARCH_SD * slopeSd;
  let high = priorSlope + SEARCH_SD * slopeSd;
  let [one, other] = [high - GOLDEN_RATIO * (high - low), low + GOLDEN_RATIO * (high - low)];
  let [costOne, costOther] = [cost.at(one), cost.at(other)];
  for (let step = 0; step < SEARCH_STEPS; step++) {
    if (costOne <= costOther) {
      [high, other, costOther] = [other, one, costOne];
      one = high - GOLDEN_RATIO * (high - low);
      costOne = cost.at(one);
    } else {
      [low, one, costOne] = [one, other, costOther];
      other = low + GOLDEN_RATIO * (high - low);
      costOther = cost.at(other);
    }
  }
  const slope = (low + high) / 2;
  const envelope = cost.envelopeAt(slope);
  const earliest = question.exchanges.length === 0 ? envelope : cost.lowerAt(slope);
  return { slope, envelope, earliest, offset: offsetBetween(question, cost, slope) };
}

/** Convex in the slope. */
interface Cost {
  at(slope: number): number;
  envelopeAt(slope: number): number;
  lowerAt(slope: number): number;
  upperAt(slope: number): number;
}

function costOf({ arrivals, exchanges, priorSlope, slopeSd, latenessS }: LineQuestion): Cost {
  const hull = lowerHull(arrivals);
  let sumX = 0;
  let sumY = 0;
  for (const { x, y } of arrivals) {
    sumX += x;
    sumY += y;
  }
  const delays = exchanges.map(expectedDelayS);
  const arrivalDelayS =
    exchanges.length === 0 ? latenessS : Math.max(latenessS, ARRIVALS_PER_EXCHANGE * Math.max(...delays));
  const envelopeAt = (slope: number): number =>
    hull.length === 0 ? NaN : hull.reduce((least, { x, y }) => Math.min(least, y - slope * x), Infinity);
  const upperAt = (slope: number): number =>
    exchanges.reduce((least, { x, upper }) => Math.min(least, upper - slope * x), envelopeAt(slope) || Infinity);
  const lowerAt = (slope: number): number =>
    exchanges.reduce((most, { x, lower }) => Math.max(most, lower - slope * x), -Infinity);
  const at = (slope: number): number => {
    let total = 0.5 * ((slope - priorSlope) / slopeSd) ** 2;
    if (hull.length > 0) total += (sumY - slope * sumX - arrivals.length * envelopeAt(slope)) / arrivalDelayS;
    if (exchanges.length === 0) return total;
    const lower = lowerAt(slope);
    for (let j = 0; j < exchanges.length; j++) {
      const { x, lower: bound } = exchanges[j];
      total += (lower - bound + slope * x) / delays[j];
    }
    return total + CONTRADICTION_WEIGHT * Math.max(0, lower - upperAt(slope));
  };
  return { at, envelopeAt, lowerAt, upperAt };
}

/** Just above the bound from below: the luckiest request waited a little as well. Never above the bound from above. */
function offsetBetween({ exchanges }: LineQuestion, cost: Cost, slope: number): number {
  if (exchanges.length === 0) return cost.envelopeAt(slope);
  const lower = cost.lowerAt(slope);
  const upper = cost.upperAt(slope);
  if (lower >= upper) return (lower + upper) / 2;
  const delayS = exchanges.reduce((least, exchange) => Math.min(least, expectedDelayS(exchange)), Infinity);
  const tries = TRIES * exchanges.length;
  return Math.min((lower + upper) / 2, lower + (delayS * (TRIES + 1)) / (tries + 1));
}

const expectedDelayS = ({ lower, upper }: Exchange): number => Math.max(LEAST_DELAY_S, (upper - lower) / (TRIES + 1));

/** The points that a line can touch from below (Andrew 1979). */
function lowerHull(points: readonly Arrival[]): Arrival[] {
  const hull: Arrival[] = [];
  for (const point of points) {
    for (let last = hull.length - 1; last >= 1; last--) {
      const a = hull[last - 1];
      const b = hull[last];
      if ((b.y - a.y) * (point.x - a.x) < (point.y - a.y) * (b.x - a.x)) break;
      hull.pop();
    }
    hull.push(point);
  }
  return hull;
}
