/** Leads a person through the guided stance, in plain words and without haste. */
import { PlumblineError } from '../../model/errors.ts';
import type { Calibration } from '../../model/person.ts';
import { pause, type Timers } from '../session/timers.ts';
import { type PartResult, type StanceGuide, type StancePart, STANCE_S } from './stanceGuide.ts';
import type { Dialog } from './terminalDialog.ts';

interface Step {
  readonly part: StancePart;
  readonly words: string;
  readonly lastsS: number;
  /** Times that it may be tried. */
  readonly tries: number;
}

const STEPS: readonly Step[] = [
  {
    part: 'first',
    words:
      'Put the sensor on as you will wear it. Stand tall with your back to a wall, heels, buttocks and shoulders touching it as far as is comfortable, and look straight ahead.',
    lastsS: STANCE_S,
    tries: 3,
  },
  {
    part: 'steps',
    words: 'Now walk a few steps to and fro. If it is easy for you, sit down and stand up once.',
    lastsS: 20,
    tries: 1,
  },
  { part: 'second', words: 'Now stand relaxed, away from the wall, arms hanging.', lastsS: STANCE_S, tries: 3 },
  {
    part: 'lean',
    words:
      'Last, hold on to something firm and lean forward a little from your hips, back long, and come back. A little is enough; leave it out if it does not feel good.',
    lastsS: 8,
    tries: 2,
  },
];
const COUNTDOWN_S = 5;

/** @throws PlumblineError `device/refused` when a stance did not succeed. A lean that was left out is no failure. */
export async function guideStance(
  guide: StanceGuide,
  dialog: Dialog,
  timers: Timers,
  signal: AbortSignal,
): Promise<Calibration> {
  for (const step of STEPS) {
    const result = await tryStep(step, guide, dialog, timers, signal);
    if (result.ok) continue;
    if (step.part !== 'lean') throw new PlumblineError('device/refused', `stance: ${result.reason}`);
    dialog.say(`Without a lean it is not certain which side is the front (${result.reason}).`);
  }
  if (!guide.calibration) throw new PlumblineError('device/refused', 'stance: expected an upright posture, found none');
  return guide.calibration;
}

async function tryStep(
  { part, words, lastsS, tries }: Step,
  guide: StanceGuide,
  dialog: Dialog,
  timers: Timers,
  signal: AbortSignal,
): Promise<PartResult> {
  let result: PartResult = { ok: false, reason: 'it was called off' };
  for (let i = 0; i < tries && !result.ok && !signal.aborted; i++) {
    if (i > 0 && !result.ok) dialog.say(`Let us try that again: ${result.reason}.`);
    dialog.say(words);
    await countDown(COUNTDOWN_S, (leftS) => `Starting in ${leftS} …`, dialog, timers, signal);
    guide.begin(part);
    await countDown(lastsS, (leftS) => `${leftS} s`, dialog, timers, signal);
    result = guide.end();
  }
  signal.throwIfAborted();
  if (result.ok) dialog.say('Thank you, that went well.');
  return result;
}

async function countDown(
  lastsS: number,
  wordsOf: (leftS: number) => string,
  dialog: Dialog,
  timers: Timers,
  signal: AbortSignal,
): Promise<void> {
  for (let leftS = lastsS; leftS > 0 && !signal.aborted; leftS--) {
    dialog.show(wordsOf(leftS));
    await pause(timers, 1000, signal);
  }
}
