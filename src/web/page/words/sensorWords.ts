/** The state of a sensor in words; a number alone says nothing to a caregiver. */
import type { DeviceHealth } from '../../../model/ports.ts';
import type { AngleTrack } from '../live/angleTrack.ts';
import { clockTime } from './timeWords.ts';

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

export function lossWords({ lossPct, repairedSamples }: DeviceHealth): string {
  if (lossPct === undefined) return 'Not known yet';
  if (lossPct === 0) return repairedSamples > 0 ? 'None, all repaired' : 'None';
  return lossPct < 0.1 ? 'Less than 0.1 %' : `${lossPct.toFixed(1)} %`;
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
