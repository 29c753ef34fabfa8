/** Raises alarms and publishes them, saying each on stdout; ends by being killed. Arguments: file, first second. */
import { writeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AlarmDesk } from '../../dist/src/safety/alarmDesk.js';
import { OutboxDispatcher } from '../../dist/src/safety/outbox.js';
import { SqliteRecordStore } from '../../dist/src/sinks/sqlite/sqliteRecordStore.js';

const [path, first] = process.argv.slice(2);
const say = (line) => writeSync(1, `${line}\n`);
const logger = { debug() {}, info() {}, warn() {}, error() {} };
const record = new SqliteRecordStore(path);
record.open();
const message = (id, topic) => ({ id, topic, payload: '{}', retain: false, qos: 1 });
const desk = new AlarmDesk({
  record,
  logger,
  messages: {
    messagesForClinicalEvent: ({ id }) => [message(id, 'event')],
    messagesForAlert: () => [],
  },
});
desk.start(Date.now());
const sink = {
  state: 'connected',
  onStateChange: () => () => {},
  publish: async ({ id }) => {
    await nextTurn();
    say(`published ${id}`);
  },
};
const schedule = (delayMs, task) => {
  const timer = setTimeout(() => task(), delayMs);
  return () => clearTimeout(timer);
};
const outbox = new OutboxDispatcher({ source: desk.outbox, sink, clock: { nowMs: Date.now }, schedule, logger });
outbox.start();
for (let startS = Number(first); ; startS++) {
  const verdict = { ruleId: 'EV-BEND', kind: 'bend', severity: 'low', phase: 'start', startS, decidedS: startS };
  desk.onVerdict('ada', { ...verdict, values: {}, confidence: 1, text: 't', because: 'b', cue: false });
  say(`raised ada.EV-BEND.${startS * 1000}`);
  outbox.wake();
  // Now and then faster than the broker, so that messages wait.
  if (startS % 3 === 0) await nextTurn();
}
