/**
 * Per unit of a figure: how it is written, and by how much a figure may fall behind its committed value. The tolerance is
 * half of the last digit shown everywhere: less than a reader of the page could see.
 */
interface FigureUnit {
  readonly show: (value: number) => string;
  readonly tolerance: number;
  /** What the tolerance lets through, and what it does not. */
  readonly because: string;
}

export const FIGURE_UNITS: Readonly<Record<string, FigureUnit>> = {
  '%': {
    show: (value) => `${(100 * value).toFixed(1)} %`,
    tolerance: 0.0005,
    because: 'counted things, so only rounding differs: one event or recording lost of a thousand is noticed',
  },
  '': {
    show: (value) => value.toFixed(3),
    tolerance: 0.0005,
    because: 'F1 is made of counts too: one movement lost or one too many is noticed',
  },
  '/h': {
    show: (value) => `${value.toFixed(2)} /h`,
    tolerance: 0.005,
    because: 'one more false event in 200 h is noticed, and these are a few hours',
  },
  deg: {
    show: (value) => `${value.toFixed(2)} deg`,
    tolerance: 0.005,
    because: 'the last bits of sine and cosine differ between machines by far less; a changed filter moves it by more',
  },
  s: { show: (value) => `${value.toFixed(2)} s`, tolerance: 0.005, because: 'one sample at 100 Hz is twice as much' },
  ms: {
    show: (value) => `${value.toFixed(1)} ms`,
    tolerance: 0.05,
    because: 'a mean over hundreds of strides moves by less from rounding, by more when one is lost',
  },
  'steps/min': {
    show: (value) => `${value.toFixed(2)} /min`,
    tolerance: 0.005,
    because: 'a mean over recordings: rounding moves it by less, a lost step by more',
  },
};

export function figureUnit(unit: string): FigureUnit {
  const known = FIGURE_UNITS[unit];
  if (!known) {
    throw new Error(
      `expected a figure in ${Object.keys(FIGURE_UNITS).join(', ')}, found "${unit}": add it to figureUnits.ts`,
    );
  }
  return known;
}
