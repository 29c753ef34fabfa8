/** `plumbline doctor`: is everything there that the configuration asks for? One line for each thing, and how to mend it. */
import { noblePackage } from '../ble/loadNoble.ts';
import { DEFAULT_NOBLE_LIBRARY, type NobleLibrary } from '../ble/nobleLibrary.ts';
import { probeAdapter } from '../ble/probeAdapter.ts';
import { type Config, influxAdministrator } from '../config.ts';
import { PlumblineError } from '../model/errors.ts';
import { probeInflux } from '../sinks/influx/probeInflux.ts';
import { provisionInflux } from '../sinks/influx/provision.ts';
import { type Finding, finding } from './doctor/finding.ts';
import { brokerCheck, influxChecks, pageAddressCheck } from './doctor/networkChecks.ts';
import { radioChecks } from './doctor/radioChecks.ts';
import { storageChecks } from './doctor/storageChecks.ts';
import { wearableChecks } from './doctor/wearableChecks.ts';
import { clockCheck, clockIsSynchronised, nodeCheck, pageCheck } from './doctor/systemChecks.ts';
import { PAGE_FOLDER } from './start.ts';
import { printable } from './textTable.ts';

export interface DoctorCommand {
  readonly config: Config;
  readonly provision: boolean;
  readonly json: boolean;
}

/** @returns 0 when nothing fails, else 1. @throws PlumblineError `usage` when it cannot provision */
export async function doctor({ config, provision, json }: DoctorCommand): Promise<number> {
  const provisioned = provision ? [await provisionCheck(config)] : [];
  const storage = storageChecks(config.storage.file);
  const findings: Finding[] = [
    nodeCheck(),
    clockCheck(Date.now(), await clockIsSynchronised(), Intl.DateTimeFormat().resolvedOptions().timeZone),
    pageCheck(PAGE_FOLDER),
    ...radioChecks(config.radio, probeAdapter(), noblePackage(libraryOf(config))),
    ...wearableChecks(config.people),
    await brokerCheck(config.mqtt, storage.serviceRuns),
    await pageAddressCheck(config.web, storage.serviceRuns),
    ...provisioned,
    ...(config.influx
      ? influxChecks(config.influx, await probeInflux(config.influx))
      : [finding('influx', 'note', 'not configured: no dashboards', 'set influx.url')]),
    ...storage.findings,
  ];
  const ok = findings.every(({ level }) => level !== 'fail');
  process.stdout.write(json ? `${JSON.stringify({ ok, findings })}\n` : `${linesOf(findings).join('\n')}\n`);
  return ok ? 0 : 1;
}

const libraryOf = ({ radio }: Config): NobleLibrary =>
  radio.adapter === 'noble' ? radio.library : DEFAULT_NOBLE_LIBRARY;

/** @throws PlumblineError `usage` */
async function provisionCheck({ influx }: Config): Promise<Finding> {
  if (!influx)
    throw new PlumblineError('usage', 'doctor --provision: expected influx in the configuration, found none');
  const administrator = influxAdministrator();
  if (!administrator) {
    const expected = 'PLUMBLINE_INFLUX_ADMIN_USERNAME and PLUMBLINE_INFLUX_ADMIN_PASSWORD in the environment';
    throw new PlumblineError('usage', `doctor --provision: expected ${expected}, found none`);
  }
  try {
    const created = await provisionInflux(influx, administrator);
    const found =
      created.length > 0 ? `created ${created.join(', ')}` : 'all databases were there, nothing was changed';
    return finding('provision', 'ok', found);
  } catch (error) {
    if (!(error instanceof PlumblineError)) throw error;
    return finding(
      'provision',
      'fail',
      error.message,
      'check the administrator’s name and password; only InfluxDB 1.x is provisioned',
    );
  }
}

function linesOf(findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map(({ check }) => check.length));
  return findings.map(({ check, level, found, fix }) => {
    const advice = fix === undefined || level === 'ok' ? '' : ` → ${fix}`;
    return printable(`${level.padEnd(4)}  ${check.padEnd(width)}  ${found}${advice}`);
  });
}
