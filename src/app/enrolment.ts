/** Nobody may be taken for somebody else: each person once, each wearable one person's only, each place on a body once. Pure. */
import type { z } from 'zod';

export interface Enrolled {
  readonly personId: string;
  readonly device: string;
  readonly name?: string | undefined;
  readonly address?: string | undefined;
  /** Of wearables that send by themselves. */
  readonly deviceId?: string | undefined;
  readonly token?: string | undefined;
}

/** The earlier one of `others` that may be the same device as `enrolled`; undefined: none. */
export function mistakableFor<E extends Enrolled>(enrolled: Enrolled, others: readonly E[]): E | undefined {
  return others.find((other) => other.device === enrolled.device && mayBeOne(enrolled, other));
}

function mayBeOne(a: Enrolled, b: Enrolled): boolean {
  if (sendsItself(a) || sendsItself(b)) return isOne(a.token, b.token) || isOne(a.deviceId, b.deviceId);
  if (a.address !== undefined && b.address !== undefined) return a.address.toLowerCase() === b.address.toLowerCase();
  if (a.name !== undefined && b.name !== undefined) return a.name === b.name;
  // Without name and address it is any wearable of its model.
  return isAny(a) || isAny(b);
}

const sendsItself = ({ deviceId, token }: Enrolled): boolean => deviceId !== undefined || token !== undefined;

const isOne = (a: string | undefined, b: string | undefined): boolean => a !== undefined && a === b;

const isAny = ({ name, address }: Enrolled): boolean => name === undefined && address === undefined;

interface Wearer {
  readonly id: string;
  readonly wearables: readonly (Omit<Enrolled, 'personId'> & { readonly placement: string })[];
}

/** Whoever could be taken for another must be told apart in the configuration. */
export function checkEnrolment(people: readonly Wearer[], context: z.core.$RefinementCtx): void {
  const complain = (path: PropertyKey[], message: string): void => {
    context.addIssue({ code: 'custom', path, message, input: people });
  };
  people.forEach(({ id }, i) => {
    if (people.findIndex((other) => other.id === id) === i) return;
    complain([i, 'id'], `expected each person once, found ${JSON.stringify(id)} twice`);
  });
  const enrolled = people.flatMap(({ id, wearables }, i) =>
    wearables.map((wearable, k) => ({ ...wearable, personId: id, path: [i, 'wearables', k] })),
  );
  enrolled.forEach((wearable, i) => {
    const earlier = enrolled.slice(0, i);
    const { personId, placement, path } = wearable;
    const other = mistakableFor(wearable, earlier);
    if (other) {
      const keys = sendsItself(wearable) ? 'a token and a deviceId' : 'a name or address';
      const message = `expected ${keys} that tells it apart from the wearable of ${other.personId}`;
      complain(path, `${message}, found ${descriptionOf(wearable)}`);
    } else if (earlier.some((one) => one.personId === personId && one.placement === placement)) {
      complain([...path, 'placement'], `expected one wearable at each place, found ${placement} twice for ${personId}`);
    }
  });
}

const descriptionOf = ({ device, name, address }: Omit<Enrolled, 'personId'>): string =>
  [
    `a ${device}`,
    name === undefined ? '' : ` named ${JSON.stringify(name)}`,
    address === undefined ? '' : ` at ${address}`,
  ].join('');
