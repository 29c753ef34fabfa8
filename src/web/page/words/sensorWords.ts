/** The state of a sensor in words; a number alone says nothing to a caregiver. */
import type { DeviceHealth } from '../../../model/ports.ts';
import type { AngleTrack } from '../live/angleTrack.ts';
import { agoWords, clockTime, plural } from './timeWords.ts';

export const STATE_WORDS: Readonly<Record<DeviceHealth['state'], string>> = {
  searching: 'Looking for the sensor',
  connecting: 'Connecting to the sensor',
  streaming: 'Receiving',
  silent: 'Connected, but no data comes',
  stopped: 'Stopped',
};

/** A signal strength is only true while packets come. */
export function signalWords({ state, rssiDbm }: DeviceHealth): string {
  if (state !== 'streaming') return 'None right now';
  if (rssiDbm === undefined) return 'Not known yet';
  const quality = rssiDbm >= -70 ? 'Good' : rssiDbm >= -85 ? 'Fair' : 'Weak';
  return `${quality} (${Math.round(rssiDbm)} dBm)`;
}

export function batteryWords(batteryPct: number | undefined): string {
  if (batteryPct === undefined) return 'Not known yet';
  const hint = batteryPct <= 5 ? ', charge now' : batteryPct <= 20 ? ', charge tonight' : '';
  return `${Math.round(batteryPct)} %${hint}`;
}

export function lossWords({ lossPct, repairedSamples, timeQuality }: DeviceHealth): string {
  if (lossPct === undefined) return 'Not known yet';
  // Neither stamped nor counted: only what leaves a delay is noticed.
  if (timeQuality === 'arrival') return lossPct === 0 ? 'None noticed' : `About ${lossPct.toFixed(1)} %`;
  if (lossPct === 0) return repairedSamples > 0 ? 'None, all repaired' : 'None';
  return lossPct < 0.1 ? 'Less than 0.1 %' : `${lossPct.toFixed(1)} %`;
}

const PLACEMENT_WORDS: Readonly<Record<NonNullable<DeviceHealth['placement']>, string>> = {
  chest: 'Chest sensor',
  waist: 'Waist sensor',
  lowerBack: 'Lower back sensor',
};

export const placementWords = ({ placement }: DeviceHealth): string =>
  placement === undefined ? 'Sensor' : PLACEMENT_WORDS[placement];

const FOUND_WORDS: Readonly<Record<string, string>> = {
  guidedStance: 'from a guided stance',
  autoStance: 'from standing still after walking',
  walking: 'from walking, as it is worn the other way round',
  default: 'not measured yet: a short walk and standing still will do',
};

/** How well it is known which way the sensor sits; undefined: it does not say. */
export function fitWords({ calibration }: DeviceHealth): string | undefined {
  if (calibration === undefined) return undefined;
  const { method, confidence, isWornDifferently } = calibration;
  if (isWornDifferently) return 'Sits differently than before: please put it on as usual, or take a new stance';
  const found = FOUND_WORDS[method] ?? 'as set up';
  if (method === 'default') return `Upright is ${found}`;
  const sure = confidence >= 0.7 ? 'Sure' : confidence >= 0.4 ? 'Fairly sure' : 'Not very sure';
  return `${sure} (${Math.round(100 * confidence)} %), ${found}`;
}

export const reconnectWords = ({ reconnects }: DeviceHealth): string =>
  reconnects === 0 ? 'None since the start' : `${plural(reconnects, 'time')} since the start`;

export function clockWords({ clockResidualMs, timeQuality }: DeviceHealth): string {
  if (clockResidualMs === undefined) return 'Not known yet';
  const size = clockResidualMs < 10 ? clockResidualMs.toFixed(1) : clockResidualMs.toFixed(0);
  return `Within ${size} ms${timeQuality === 'arrival' ? ', by when data arrives' : ''}`;
}

/** What this sensor cannot show, so that nobody waits for it; undefined: nothing is missing. */
export function blindWords({ sees }: DeviceHealth): string | undefined {
  if (sees === undefined) return undefined;
  const blind = [
    ...(sees.falls ? [] : ['falls']),
    ...(sees.sway === 'none' ? ['balance'] : []),
    ...(sees.rotation ? [] : ['turning']),
  ];
  return blind.length > 0 ? blind.join(', ') : undefined;
}

/** Why and when the connection was last lost. */
export function interruptionWords({ lastReason, lastLostMs }: DeviceHealth, nowMs: number): string {
  if (lastReason === undefined) return 'None';
  const when = lastLostMs === undefined ? '' : `, ${agoWords(lastLostMs, nowMs)}`;
  return `${lastReason.charAt(0).toUpperCase()}${lastReason.slice(1)}${when}`;
}

/** Maker's words for what it is; undefined where it says nothing. */
export function identityWords({ identity }: DeviceHealth): string | undefined {
  const parts = [
    identity?.model,
    identity?.serial && `serial ${identity.serial}`,
    identity?.firmware && `firmware ${identity.firmware}`,
  ].filter((part) => part !== undefined && part !== '');
  return parts.length > 0 ? parts.join(', ') : undefined;
}

/** What is wrong with the sensor, as a sentence; undefined while it is well. */
export function troubleWords({ state, problem, lastReason }: DeviceHealth): string | undefined {
  const text = problem ?? (state === 'streaming' ? undefined : lastReason);
  if (text === undefined || text === '') return undefined;
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?…]$/.test(text) ? '' : '.'}`;
}

export interface SilenceWords {
  readonly sentence: string;
  readonly reason: string;
}

/** Why nothing is seen, or undefined while the wearer is seen. */
export function silenceWords(
  track: AngleTrack | undefined,
  devices: readonly DeviceHealth[],
  isLinkOpen: boolean,
  nowMs: number,
): SilenceWords | undefined {
  if (track && isLinkOpen && track.isSeen(nowMs)) return undefined;
  const lastMs = track?.latest.tMs;
  if (!isLinkOpen) return { sentence: 'We cannot see falls right now', reason: 'This page has lost its connection.' };
  if (lastMs === undefined) {
    const device = devices[0];
    const state = device ? `${STATE_WORDS[device.state]}.` : 'No sensor is set up for this person yet.';
    return { sentence: 'Waiting for the sensor…', reason: `${state} We cannot see falls right now.` };
  }
  const silent = devices.find(({ state }) => state !== 'streaming');
  const state = silent ? ` ${STATE_WORDS[silent.state]}.` : '';
  return {
    sentence: 'We cannot see falls right now',
    reason: `No data from the sensor since ${clockTime(lastMs)}.${state}`,
  };
}
