/**
 * Exercises as movements of the trunk: pose, height and impacts, one repetition after the other.
 *
 * There are no public recordings of heel drops, stomps, lunges, push-ups or prone extensions from the trunk. What stands here
 * is made from geometry and from what the exercises are: it shows that repetitions, tempo and form come out of a signal that
 * has the shape they should have, and nothing about how people really do them. Figures got from it are no validation.
 *
 * Heights: a squat to a chair lowers the hips by about 0.4 m, a heel raise lifts them by about 0.06 m (range of the ankle, Winter 2009).
 * A heel drop and a stomp are a short fall and an impact whose areas cancel: the body is at rest again. Lunge and push-up turn
 * about the feet.
 */
import { radFromDeg, STANDARD_GRAVITY_MPS2 } from '../src/model/units.ts';
import type { ExerciseMovement } from './movement.ts';
import { Channel, type ChannelIndex } from './poseTimeline.ts';

/** What a movement writes into: moves and pulses from the beginning of the span, then its end. */
export interface SpanWriter {
  begin(): void;
  end(durationS: number): void;
  /** From the value of the channel to `to`, minimum jerk. */
  move(channel: ChannelIndex, afterS: number, inS: number, to: number): void;
  pulse(afterS: number, forS: number, peakMps2: number): void;
  valueOf(channel: ChannelIndex): number;
}

const GETTING_THERE_S = 4;
/** Hip to floor when going down to lie. */
const DOWN_TO_FLOOR_M = 0.8;
/** Ankle to hip. */
const LEG_M = 0.85;
/** Falling is not quite free: the calf gives way. */
const DROP_MPS2 = 0.9 * STANDARD_GRAVITY_MPS2;
const STAMP_MPS2 = 0.5 * STANDARD_GRAVITY_MPS2;
/** Angle of the line of the body with straight arms, and how far bending the elbows turns it about the toes (arm 0.6 m, toes to shoulder 1.4 m). */
const PUSH_UP_LINE_DEG = { pushUpWall: 12, pushUpBench: 50, pushUpFloor: 72 } as const;
const PUSH_UP_TURN_DEG = 13;

export function writeExercise(movement: ExerciseMovement, writer: SpanWriter): void {
  const { repetitions, inS: oneS, restS = 1 } = movement;
  getIntoPlace(movement, writer);
  for (let k = 0; k < repetitions; k++) {
    writer.begin();
    repetition(movement, writer, oneS);
    writer.end(oneS + restS);
  }
  getUpAgain(writer);
}

function getIntoPlace({ exercise }: ExerciseMovement, writer: SpanWriter): void {
  if (exercise === 'proneExtension') {
    writer.begin();
    writer.move(Channel.flexion, 0, GETTING_THERE_S, radFromDeg(90));
    writer.move(Channel.up, 0, GETTING_THERE_S, writer.valueOf(Channel.up) - DOWN_TO_FLOOR_M);
    writer.end(GETTING_THERE_S + 2);
  } else if (isPushUp(exercise)) {
    writer.begin();
    turnAboutFeet(writer, 0, GETTING_THERE_S, PUSH_UP_LINE_DEG[exercise]);
    writer.end(GETTING_THERE_S + 2);
  }
}

function getUpAgain(writer: SpanWriter): void {
  if (writer.valueOf(Channel.flexion) === 0) return;
  writer.begin();
  writer.move(Channel.flexion, 0, GETTING_THERE_S, 0);
  writer.end(GETTING_THERE_S);
}

function repetition(movement: ExerciseMovement, writer: SpanWriter, oneS: number): void {
  const { exercise } = movement;
  if (isPushUp(exercise)) return pushUp(movement, writer, oneS, PUSH_UP_LINE_DEG[exercise]);
  switch (exercise) {
    case 'squat':
      return lowering(writer, oneS, { downM: movement.heightM ?? 0.4, leanDeg: movement.leanDeg ?? 30, sideDeg: 0 });
    case 'lunge':
      return lowering(writer, oneS, {
        downM: movement.heightM ?? 0.3,
        leanDeg: movement.leanDeg ?? 8,
        sideDeg: movement.sideDeg ?? 5,
      });
    case 'heelRaise': {
      const home = writer.valueOf(Channel.up);
      writer.move(Channel.up, 0, 0.45 * oneS, home + (movement.heightM ?? 0.06));
      writer.move(Channel.up, 0.55 * oneS, 0.45 * oneS, home);
      return;
    }
    case 'heelDrop':
      return riseAndLand(movement, writer, oneS, DROP_MPS2);
    case 'stomp':
      return riseAndLand(movement, writer, oneS, STAMP_MPS2);
    case 'proneExtension': {
      const liftS = Math.min(1.2, oneS / 3);
      writer.move(Channel.flexion, 0, liftS, radFromDeg(90 - (movement.leanDeg ?? 14)));
      writer.move(Channel.flexion, oneS - liftS, liftS, radFromDeg(90));
    }
  }
}

/** Down with the trunk leaning forward, a moment there, up again. */
function lowering(
  writer: SpanWriter,
  oneS: number,
  { downM, leanDeg, sideDeg }: { downM: number; leanDeg: number; sideDeg: number },
): void {
  const home = writer.valueOf(Channel.up);
  const halfS = 0.45 * oneS;
  const backS = oneS - halfS;
  writer.move(Channel.up, 0, halfS, home - downM);
  writer.move(Channel.flexion, 0, halfS, radFromDeg(leanDeg));
  writer.move(Channel.lateral, 0, halfS, radFromDeg(sideDeg));
  writer.move(Channel.up, backS, halfS, home);
  writer.move(Channel.flexion, backS, halfS, 0);
  writer.move(Channel.lateral, backS, halfS, 0);
}

/**
 * Up slowly, down by a fall whose landing reads `impactG` above one g. Raised cosines of peaks p and q cancel when p·T = q·t;
 * together they lower the body by p·T·(T + t)/4. The height is not taken back: only its change is felt.
 */
function riseAndLand(
  { impactG = 1.8, heightM }: ExerciseMovement,
  writer: SpanWriter,
  oneS: number,
  dropMps2: number,
): void {
  const landingMps2 = impactG * STANDARD_GRAVITY_MPS2;
  const share = dropMps2 / landingMps2;
  const dropM = heightM ?? (dropMps2 === DROP_MPS2 ? 0.06 : 0.03);
  const dropS = Math.sqrt((4 * dropM) / (dropMps2 * (1 + share)));
  const riseS = Math.min(0.8, 0.5 * oneS);
  writer.move(Channel.up, 0, riseS, writer.valueOf(Channel.up) + dropM);
  const dropAtS = oneS - dropS * (1 + share);
  writer.pulse(dropAtS, dropS, -dropMps2);
  writer.pulse(dropAtS + dropS, dropS * share, landingMps2);
}

function pushUp({ sideDeg = 0 }: ExerciseMovement, writer: SpanWriter, oneS: number, lineDeg: number): void {
  const halfS = 0.45 * oneS;
  turnAboutFeet(writer, 0, halfS, lineDeg + PUSH_UP_TURN_DEG);
  writer.move(Channel.lateral, 0, halfS, radFromDeg(sideDeg));
  turnAboutFeet(writer, oneS - halfS, halfS, lineDeg);
  writer.move(Channel.lateral, oneS - halfS, halfS, 0);
}

function turnAboutFeet(writer: SpanWriter, afterS: number, inS: number, toDeg: number): void {
  const from = writer.valueOf(Channel.flexion);
  const to = radFromDeg(toDeg);
  const forward = writer.valueOf(Channel.forward) + LEG_M * (Math.sin(to) - Math.sin(from));
  const up = writer.valueOf(Channel.up) + LEG_M * (Math.cos(to) - Math.cos(from));
  writer.move(Channel.flexion, afterS, inS, to);
  writer.move(Channel.forward, afterS, inS, forward);
  writer.move(Channel.up, afterS, inS, up);
}

const isPushUp = (exercise: string): exercise is keyof typeof PUSH_UP_LINE_DEG => exercise in PUSH_UP_LINE_DEG;
