/** Writes batch after batch and says so after each; ends by being killed. Arguments: file, first number. */
import { writeSync } from 'node:fs';
import { SqliteRecordStore } from '../../../dist/src/sinks/sqlite/sqliteRecordStore.js';

const [path, first] = process.argv.slice(2);
const store = new SqliteRecordStore(path);
store.open();
writeSync(1, 'open\n');
for (let n = Number(first); ; n++) {
  const shared = { personId: 'ada', ruleId: 'EV-BEND', kind: 'bend', severity: 'low', text: 't', because: 'b' };
  const id = `ada.EV-BEND.${n}`;
  store.write({
    clinicalEvents: [{ ...shared, id, startMs: n, decidedMs: n, confidence: 1, values: {} }],
    alerts: [{ ...shared, id, active: true, raisedMs: n, lastMs: n, count: 1 }],
    outbox: [{ id, topic: 'plumbline/v1/ada/event', payload: '{}', retain: false, qos: 1 }],
    series: [{ personId: 'ada', site: 'chest', tMs: n * 1000, values: {}, activity: 'standing', coverage: 1 }],
  });
  writeSync(1, `${n}\n`);
}
