/** Why a link ended, in words (Core Specification 5.3, Vol 1, Part F). */
const WORDS: Readonly<Record<number, string>> = {
  5: 'authentication failed (0x05)',
  3: 'the adapter failed (0x03)',
  8: 'out of range or switched off (0x08 connection timeout)',
  19: 'ended by the wearable (0x13)',
  20: 'ended by the wearable, low on resources (0x14)',
  21: 'ended by the wearable, switching off (0x15)',
  22: 'ended by us (0x16)',
  34: 'the radios lost step (0x22 response timeout)',
  59: 'the wearable did not accept the connection parameters (0x3b)',
  61: 'the link was disturbed (0x3d integrity check failed)',
  62: 'the connection could not be established (0x3e)',
};

/** Such as `0x08`. */
export const reasonCode = (reason: number): string => `0x${reason.toString(16).padStart(2, '0')}`;

export function reasonWords(reason: number | undefined): string {
  if (reason === undefined) return 'ended without a reason';
  return WORDS[reason] ?? `ended with reason ${reasonCode(reason)}`;
}

const ATT_WORDS: Readonly<Record<number, string>> = {
  2: 'reading is not permitted',
  3: 'writing is not permitted',
  5: 'the wearable wants to be paired',
  6: 'the request is not supported',
  8: 'not authorised',
  13: 'the length is wrong',
  15: 'the wearable wants an encrypted link',
  17: 'the wearable is out of resources',
};

/** An ATT error code (Vol 3, Part F, 3.4.1.1) in words. */
export const attErrorWords = (code: number): string =>
  `ATT error 0x${code.toString(16).padStart(2, '0')}${ATT_WORDS[code] ? ` (${ATT_WORDS[code]})` : ''}`;
