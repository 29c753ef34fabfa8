/** What the record tells of silence from before the service was started: nobody has heard a sensor while nobody listened. */
import type { Config } from '../config.ts';
import type { Alert } from '../model/alert.ts';
import type { RecordStore } from '../model/ports.ts';
import type { AlarmDesk } from '../safety/alarmDesk.ts';
import { SILENCE_KIND, type SilenceBefore } from '../safety/silenceWatch.ts';

/** Of somebody who still wears a sensor: it goes on until that is heard. */
export function isOfWatchedSilence(people: Config['people']): (alert: Alert) => boolean {
  const watched = new Set(people.filter(({ wearables }) => wearables.length > 0).map(({ id }) => id));
  return ({ kind, personId }) => kind === SILENCE_KIND && watched.has(personId);
}

export function silenceBefore(
  record: Pick<RecordStore, 'latestSecondMs'>,
  desk: Pick<AlarmDesk, 'openAlerts'>,
): (personId: string, site: string) => SilenceBefore {
  return (personId, site) => {
    const isIt = (alert: Alert): boolean => alert.personId === personId && alert.kind === SILENCE_KIND && alert.active;
    return { lastDataMs: record.latestSecondMs(personId, site), saidMs: desk.openAlerts().find(isIt)?.lastMs };
  };
}
