/** How a sensor sits, for people. */
import type { WornAs } from '../motion/index.ts';

export const WORN_AS_WORDS: Readonly<Record<WornAs, string>> = {
  asStated: 'as before',
  slipped: 'slipped or put on at another slope',
  upsideDown: 'upside down',
  onItsSide: 'on its side',
  backToFront: 'back to front',
  turnedSideways: 'turned sideways',
  turned: 'turned by something between',
};
