/** Movement script → timeline of the trunk. Keeps track of whether the wearer stands, sits or lies. */
import { PlumblineError } from '../src/model/errors.ts';
import { radFromDeg, STANDARD_GRAVITY_MPS2 } from '../src/model/units.ts';
import { type SpanWriter, writeExercise } from './exerciseMovements.ts';
import type { FallDirection, LyingPath, Movement } from './movement.ts';
import {
  Channel,
  CHANNEL_COUNT,
  type ChannelIndex,
  type Move,
  PoseTimeline,
  type Pulse,
  type Span,
  type Wave,
} from './poseTimeline.ts';

type Posture = 'standing' | 'sitting' | 'lying';

/** Chair 0.42 m below the standing hip; trunk lean of the transfer as in Schenkman 1990 (Phys Ther 70:638), flexion phase about 40 %. */
const SEAT_DROP_M = 0.42;
const TRANSFER_LEAN_DEG = 38;
const TRANSFER_S = 2;
const LIE_DOWN_S = 4;
const FLOOR_TO_SEAT_M = 0.4;
/** Free fall that is not quite free (knees and hips give way), then the ground. */
const FALL_TURN_S = 0.8;
const FALL_DIP_MPS2 = 0.75 * STANDARD_GRAVITY_MPS2;
const FALL_DIP_START_S = 0.1;
const FALL_DIP_S = 0.6;
const DEFAULT_IMPACT_G = 4;
/** Quiet stance: about half a degree, 0.2-0.4 Hz, breathing beside it. */
const NATURAL_SWAY_DEG = 0.4;

/** @throws PlumblineError `config/invalid` */
export function compileMovements(movements: readonly Movement[], loop: boolean): PoseTimeline {
  const builder = new TimelineBuilder();
  for (const movement of movements) builder.add(movement);
  if (loop) builder.returnToStanding();
  return builder.finish(loop);
}

class TimelineBuilder implements SpanWriter {
  private readonly spans: Span[] = [];
  private readonly values = new Float64Array(CHANNEL_COUNT);
  private posture: Posture = 'standing';
  private onFloor = false;
  private endS = 0;
  // The span under construction.
  private moves: Move[] = [];
  private waves: Wave[] = [];
  private pulses: Pulse[] = [];
  private initial = new Float64Array(CHANNEL_COUNT);
  private startS = 0;

  add(movement: Movement): void {
    switch (movement.do) {
      case 'stand':
        this.need('stand', 'standing');
        return this.hold(movement.forS, movement.swayDeg ?? NATURAL_SWAY_DEG);
      case 'bend':
        return this.excursion(Channel.flexion, movement.toDeg, movement);
      case 'sideBend':
        return this.excursion(Channel.lateral, movement.toDeg, movement);
      case 'twist':
        return this.excursion(Channel.rotation, movement.toDeg, movement);
      case 'turn':
        return this.turn(movement.deg, movement.inS);
      case 'walk':
        return this.walk(movement.forS, movement.cadencePerMin ?? 108, movement.bounceMm ?? 18, movement.swayMm ?? 15);
      case 'sit':
        this.sitDown(movement.inS ?? TRANSFER_S, movement.leanDeg ?? 0);
        return this.hold(movement.forS, NATURAL_SWAY_DEG);
      case 'standUp':
        return this.standUp(movement.inS ?? TRANSFER_S);
      case 'exercise':
        this.need('exercise', 'standing');
        return writeExercise(movement, this);
      case 'lie':
        this.lieDown(movement.how, movement.inS ?? LIE_DOWN_S);
        return this.hold(movement.forS, NATURAL_SWAY_DEG / 2);
      case 'getUp':
        return this.getUp(movement.how, movement.inS ?? LIE_DOWN_S);
      case 'fall':
        this.fall(movement.direction, movement.impactG ?? DEFAULT_IMPACT_G);
        return this.hold(movement.lieS, 0);
    }
  }

  returnToStanding(): void {
    if (this.posture === 'lying') this.getUp('logRoll', LIE_DOWN_S);
    if (this.posture === 'sitting') this.standUp(TRANSFER_S);
  }

  finish(loop: boolean): PoseTimeline {
    if (this.endS <= 0) {
      throw new PlumblineError('config/invalid', 'motion: expected movements that take longer than 0 s, found none');
    }
    return new PoseTimeline(this.spans, this.values.slice(), loop);
  }

  private need(movement: string, ...postures: Posture[]): void {
    if (postures.includes(this.posture)) return;
    throw new PlumblineError(
      'config/invalid',
      `motion: expected the wearer to be ${postures.join(' or ')} before "${movement}", found ${this.posture} at ${this.endS.toFixed(1)} s`,
    );
  }

  // ------------------------------------------------------------ movements

  private hold(forS: number, swayDeg: number): void {
    this.begin();
    if (swayDeg > 0) {
      const swayRad = radFromDeg(swayDeg);
      this.wave(Channel.flexion, swayRad, 0.23, 0);
      this.wave(Channel.flexion, swayRad / 4, 0.29, 1);
      this.wave(Channel.lateral, swayRad * 0.6, 0.31, 2);
      this.wave(Channel.rotation, swayRad * 0.5, 0.17, 3);
    }
    this.end(forS);
  }

  private excursion(channel: ChannelIndex, toDeg: number, times: { inS: number; holdS: number; backS: number }): void {
    this.begin();
    const home = this.valueOf(channel);
    this.move(channel, 0, times.inS, radFromDeg(toDeg));
    this.move(channel, times.inS + times.holdS, times.backS, home);
    this.end(times.inS + times.holdS + times.backS);
  }

  private turn(deg: number, inS: number): void {
    this.need('turn', 'standing');
    this.begin();
    this.move(Channel.heading, 0, inS, this.valueOf(Channel.heading) + radFromDeg(deg));
    this.end(inS);
  }

  /** Vertical twice per stride, sideways and rotation once (Zijlstra and Hof 2003, Gait Posture 18:1); steady speed. */
  private walk(forS: number, cadencePerMin: number, bounceMm: number, swayMm: number): void {
    this.need('walk', 'standing');
    const stepHz = cadencePerMin / 60;
    this.begin();
    this.wave(Channel.up, bounceMm / 1000, stepHz, 0);
    this.wave(Channel.up, bounceMm / 8000, 2 * stepHz, 0.8);
    this.wave(Channel.forward, bounceMm / 2500, stepHz, 1.6);
    this.wave(Channel.left, swayMm / 1000, stepHz / 2, 0);
    this.wave(Channel.flexion, radFromDeg(1.5), stepHz, 2.2);
    this.wave(Channel.lateral, radFromDeg(1.2), stepHz / 2, 0.4);
    this.wave(Channel.rotation, radFromDeg(4), stepHz / 2, 1);
    const leanS = Math.min(1, forS / 2);
    this.move(Channel.flexion, 0, leanS, radFromDeg(2.5));
    this.move(Channel.flexion, forS - leanS, leanS, 0);
    this.end(forS);
  }

  private sitDown(inS: number, leanDeg: number): void {
    this.need('sit', 'standing');
    this.begin();
    this.move(Channel.flexion, 0, 0.55 * inS, radFromDeg(TRANSFER_LEAN_DEG));
    this.move(Channel.up, 0.15 * inS, 0.7 * inS, this.valueOf(Channel.up) - SEAT_DROP_M);
    this.move(Channel.flexion, 0.55 * inS, 0.45 * inS, radFromDeg(leanDeg));
    this.end(inS);
    this.posture = 'sitting';
  }

  private standUp(inS: number): void {
    this.need('standUp', 'sitting');
    this.begin();
    this.move(Channel.flexion, 0, 0.4 * inS, radFromDeg(TRANSFER_LEAN_DEG));
    this.move(Channel.up, 0.3 * inS, 0.7 * inS, this.valueOf(Channel.up) + SEAT_DROP_M);
    this.move(Channel.flexion, 0.4 * inS, 0.6 * inS, 0);
    this.end(inS);
    this.posture = 'standing';
  }

  private lieDown(how: LyingPath, inS: number): void {
    this.need('lie', 'sitting');
    this.begin();
    if (how === 'straight') {
      this.move(Channel.flexion, 0, inS, radFromDeg(-90));
    } else {
      this.move(Channel.flexion, 0, 0.5 * inS, 0);
      this.move(Channel.lateral, 0, 0.55 * inS, radFromDeg(90));
      this.move(Channel.rotation, 0.6 * inS, 0.4 * inS, radFromDeg(90));
    }
    this.end(inS);
    this.posture = 'lying';
    this.onFloor = false;
  }

  private getUp(how: LyingPath, inS: number): void {
    this.need('getUp', 'lying');
    this.describeLyingAs(how);
    this.begin();
    const rolled = this.valueOf(Channel.rotation) !== 0;
    this.move(Channel.rotation, 0, 0.4 * inS, 0);
    this.move(Channel.lateral, rolled ? 0.45 * inS : 0, rolled ? 0.55 * inS : inS, 0);
    this.move(Channel.flexion, 0, inS, 0);
    if (this.onFloor) this.move(Channel.up, 0.3 * inS, 0.7 * inS, this.valueOf(Channel.up) + FLOOR_TO_SEAT_M);
    this.end(inS);
    this.posture = 'sitting';
  }

  /** The drop is in the acceleration pulses, whose areas cancel: the body is at rest again after the impact. */
  private fall(direction: FallDirection, impactG: number): void {
    this.need('fall', 'standing', 'sitting');
    this.begin();
    const channel = direction === 'forward' || direction === 'backward' ? Channel.flexion : Channel.lateral;
    const sign = direction === 'forward' || direction === 'right' ? 1 : -1;
    this.move(channel, 0, FALL_TURN_S, radFromDeg(90 * sign));
    const impactMps2 = (impactG - 1) * STANDARD_GRAVITY_MPS2;
    const impactS = (FALL_DIP_S * FALL_DIP_MPS2) / impactMps2;
    const groundS = FALL_DIP_START_S + FALL_DIP_S;
    this.pulse(FALL_DIP_START_S, FALL_DIP_S, -FALL_DIP_MPS2);
    this.pulse(groundS, impactS, impactMps2);
    this.end(Math.max(FALL_TURN_S, groundS + impactS));
    this.posture = 'lying';
    this.onFloor = true;
  }

  /**
   * On the back, "leant back 90°" and "on the right side, then rolled 90° to the left" are the same orientation
   * when the heading differs by 90°: both descriptions are exact, so one can be exchanged for the other without a jump.
   */
  private describeLyingAs(how: LyingPath): void {
    const quarter = radFromDeg(90);
    const straight = this.valueOf(Channel.flexion) === -quarter;
    const rolled = this.valueOf(Channel.lateral) === quarter && this.valueOf(Channel.rotation) === quarter;
    if (how === 'logRoll' && straight) this.relabel(0, quarter, quarter, -quarter);
    if (how === 'straight' && rolled) this.relabel(-quarter, 0, 0, quarter);
  }

  private relabel(flexionRad: number, lateralRad: number, rotationRad: number, headingChangeRad: number): void {
    this.values[Channel.flexion] = flexionRad;
    this.values[Channel.lateral] = lateralRad;
    this.values[Channel.rotation] = rotationRad;
    this.values[Channel.heading] = this.valueOf(Channel.heading) + headingChangeRad;
  }

  // ------------------------------------------------------------ span under construction

  begin(): void {
    this.startS = this.endS;
    this.initial = this.values.slice();
    this.moves = [];
    this.waves = [];
    this.pulses = [];
  }

  end(durationS: number): void {
    if (durationS <= 0) return;
    this.endS = this.startS + durationS;
    const { startS, endS, initial, moves, waves, pulses } = this;
    this.spans.push({ startS, endS, initial, moves, waves, pulses });
  }

  move(channel: ChannelIndex, afterS: number, inS: number, to: number): void {
    const from = this.valueOf(channel);
    if (from === to || inS <= 0) return;
    const startS = this.startS + afterS;
    this.moves.push({ channel, startS, endS: startS + inS, from, to });
    this.values[channel] = to;
  }

  private wave(channel: ChannelIndex, amplitude: number, frequencyHz: number, phaseRad: number): void {
    this.waves.push({ channel, amplitude, frequencyHz, phaseRad });
  }

  pulse(afterS: number, forS: number, peakMps2: number): void {
    const startS = this.startS + afterS;
    this.pulses.push({ startS, endS: startS + forS, peakMps2 });
  }

  valueOf(channel: ChannelIndex): number {
    return this.values[channel];
  }
}
