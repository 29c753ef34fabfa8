/** The library that drives the adapter: two forks of one, with the same interface and different insides. */
export const NOBLE_LIBRARIES = ['abandonware', 'stoprocent'] as const;

export type NobleLibrary = (typeof NOBLE_LIBRARIES)[number];

export const DEFAULT_NOBLE_LIBRARY: NobleLibrary = 'abandonware';
