/** Is each enrolled wearable one person's only? Whoever could be taken for another must be told apart in the configuration. Pure. */

export interface Enrolled {
  readonly personId: string;
  readonly device: string;
  readonly name?: string | undefined;
  readonly address?: string | undefined;
}

/** The earlier one of `others` that may be the same device as `enrolled`; undefined: none. */
export function mistakableFor<E extends Enrolled>(enrolled: Enrolled, others: readonly E[]): E | undefined {
  return others.find((other) => other.device === enrolled.device && mayBeOne(enrolled, other));
}

function mayBeOne(a: Enrolled, b: Enrolled): boolean {
  if (a.address !== undefined && b.address !== undefined) return a.address.toLowerCase() === b.address.toLowerCase();
  if (a.name !== undefined && b.name !== undefined) return a.name === b.name;
  // Without name and address it is any wearable of its model.
  return isAny(a) || isAny(b);
}

const isAny = ({ name, address }: Enrolled): boolean => name === undefined && address === undefined;
