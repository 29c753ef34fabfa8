/** Broker, page and InfluxDB. */
import { createServer } from 'node:net';
import { messageOf, PlumblineError } from '../../model/errors.ts';
import type { InfluxConfig } from '../../sinks/influx/config.ts';
import type { DatabaseState, InfluxProbe } from '../../sinks/influx/probeInflux.ts';
import type { MqttConfig } from '../../sinks/mqtt/config.ts';
import { probeBroker } from '../../sinks/mqtt/probeBroker.ts';
import { type Finding, finding } from './finding.ts';

/** @param serviceRuns then a port in use is as it should be */
export async function brokerCheck(mqtt: MqttConfig, serviceRuns: boolean): Promise<Finding> {
  if (mqtt.broker === 'embedded') return portCheck('broker', 'mqtt', mqtt, serviceRuns);
  try {
    await probeBroker(mqtt);
    return finding('broker', 'ok', `${mqtt.url} accepts our messages`);
  } catch (error) {
    if (!(error instanceof PlumblineError)) throw error;
    return finding('broker', 'fail', error.message, brokerFix(error));
  }
}

function brokerFix({ code, message }: PlumblineError): string {
  if (code === 'mqtt/rejected') return 'give the account of mqtt.username this right in the broker’s access list';
  if (/protocol version/i.test(message)) return 'set mqtt.protocolVersion: 4 for a broker without MQTT 5';
  if (/not authori[sz]ed|bad user ?name|password/i.test(message))
    return 'check mqtt.username and PLUMBLINE_MQTT_PASSWORD';
  if (/certificate|self.signed|issuer/i.test(message))
    return 'set mqtt.caFile to the authority that signed its certificate';
  if (/ENOTFOUND|EAI_AGAIN/.test(message)) return 'check the host name in mqtt.url';
  return 'start the broker, or check host and port in mqtt.url and the firewall';
}

export const pageAddressCheck = (web: { host: string; port: number }, serviceRuns: boolean): Promise<Finding> =>
  portCheck('web', 'web', web, serviceRuns);

async function portCheck(
  check: string,
  section: string,
  { host, port }: { readonly host: string; readonly port: number },
  serviceRuns: boolean,
): Promise<Finding> {
  if (port === 0) return finding(check, 'ok', `any free port of ${host}`);
  const problem = await problemOfPort(host, port);
  if (problem === undefined) return finding(check, 'ok', `${host}:${port} is free`);
  if (problem === 'EADDRINUSE' && serviceRuns)
    return finding(check, 'ok', `${host}:${port} is used by the running service`);
  const found = problem === 'EADDRINUSE' ? 'is used by another program' : `cannot be listened on (${problem})`;
  const fix = `end that program, or set another ${section}.${problem === 'EADDRINUSE' ? 'port' : 'host or port'}`;
  return finding(check, 'fail', `${host}:${port} ${found}`, fix);
}

function problemOfPort(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? messageOf(error)));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

export function influxChecks(influx: InfluxConfig, { server, problem, databases }: InfluxProbe): Finding[] {
  if (server === undefined) {
    const fix =
      'start InfluxDB, or check influx.url and the firewall; until then nothing is lost, the record is written on';
    return [finding('influx', 'fail', `expected InfluxDB at ${influx.url}, found ${problem ?? 'no answer'}`, fix)];
  }
  return databases.map(({ name, state, answer }) =>
    state === 'writable'
      ? finding('influx', 'ok', `${server} at ${influx.url} takes points for ${name}`)
      : finding('influx', 'fail', `${server}, ${name}: ${WORDS[state]} (${answer})`, influxFix(state, name, influx)),
  );
}

const WORDS: Readonly<Record<Exclude<DatabaseState, 'writable'>, string>> = {
  missing: 'there is no such database',
  wrongPassword: 'user or password is not accepted',
  noRight: 'the user may not write',
  unclear: 'an answer that we do not understand',
};

function influxFix(state: DatabaseState, name: string, { username }: InfluxConfig): string {
  const grant = `GRANT WRITE ON "${name}" TO "${username ?? 'plumbline'}"`;
  if (state === 'wrongPassword') return 'check influx.username and PLUMBLINE_INFLUX_PASSWORD';
  if (state === 'noRight') return `as administrator: ${grant}`;
  if (state === 'missing') {
    return `plumbline doctor --provision with an administrator in PLUMBLINE_INFLUX_ADMIN_USERNAME and _PASSWORD, then ${grant}; InfluxDB 2: map the bucket`;
  }
  return 'look into the log of InfluxDB, or of the proxy before it';
}
