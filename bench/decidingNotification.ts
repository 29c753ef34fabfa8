/**
 * For each event, when the notification that decided it came in. Looks at the program from outside: what is measured
 * does not know that it is, and everything from a notification to its verdicts happens in one turn.
 */
import { RemoteLink } from '../src/ble/remoteLink.ts';
import { AlarmDesk } from '../src/safety/alarmDesk.ts';
import { clinicalEventOf } from '../src/safety/clinicalEvent.ts';

/** Event id → Unix ms, the radio process's stamp. Fills from now on. */
export function watchDecidingNotifications(): ReadonlyMap<string, number> {
  const arrivalMsOf = new Map<string, number>();
  let arrivalMs = NaN;
  const deliver: RemoteLink['deliver'] = Reflect.get(RemoteLink.prototype, 'deliver');
  RemoteLink.prototype.deliver = function (this: RemoteLink, notification) {
    arrivalMs = notification.arrivalMs;
    deliver.call(this, notification);
  };
  const onVerdict: AlarmDesk['onVerdict'] = Reflect.get(AlarmDesk.prototype, 'onVerdict');
  AlarmDesk.prototype.onVerdict = function (this: AlarmDesk, personId, verdict) {
    if (verdict.phase === 'start') arrivalMsOf.set(clinicalEventOf(personId, verdict).id, arrivalMs);
    onVerdict.call(this, personId, verdict);
  };
  return arrivalMsOf;
}
