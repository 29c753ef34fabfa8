/** Which of the wearables in the air is to be enrolled? The stated one, the only one, or the one that a person picks. Pure. */
import { PlumblineError } from '../../model/errors.ts';
import type { HeardDevice } from '../heardDevices.ts';

export interface ChoiceWish {
  readonly kind: string | undefined;
  readonly name: string | undefined;
  readonly address: string | undefined;
}

export interface Candidate extends HeardDevice {
  readonly kind: string;
}

/** Candidates, the nearest first: of a known kind, and nobody else's. */
export function candidatesOf(heard: readonly HeardDevice[], personId: string, wish: ChoiceWish): Candidate[] {
  return heard
    .filter((device): device is Candidate => device.kind !== undefined)
    .filter(({ enrolledFor }) => enrolledFor.every((id) => id === personId))
    .filter(({ kind }) => wish.kind === undefined || kind === wish.kind)
    .filter(({ name }) => wish.name === undefined || name === wish.name)
    .filter(({ address }) => wish.address === undefined || address.toLowerCase() === wish.address.toLowerCase())
    .sort((a, b) => b.rssiDbm - a.rssiDbm);
}

/** @throws PlumblineError `device/ambiguous` when there is not exactly one */
export function theOnly(candidates: readonly Candidate[]): Candidate {
  if (candidates.length === 1) return candidates[0];
  const found = candidates.map(({ name, address }) => `${name ?? 'without a name'} (${address})`).join(', ');
  throw new PlumblineError(
    'device/ambiguous',
    candidates.length === 0
      ? 'expected a wearable nearby, found none: is it charged, near, and not connected to a phone or a running service?'
      : `expected one wearable, found ${candidates.length}: ${found}; say which with --name or --address`,
  );
}

/** A name that ends in a serial number names one device; any other name may be a neighbour's as well. */
const SERIAL_AT_END = /[0-9A-Fa-f]{4,}$/;

/** How the configuration will know it again. */
export function identifierOf({ name, address }: HeardDevice): { name: string } | { address: string } {
  return name !== undefined && SERIAL_AT_END.test(name) ? { name } : { address };
}
