/**
 * The import rule: data flows to the right, every stage knows `model` and itself, and each third-party package lives in
 * one fenced place. What is not named here is forbidden.
 */
import { posix } from 'node:path';
import { builtinModules } from 'node:module';
import { parseSource, type ModuleRequest } from './parsedSource.ts';

/** The stages in the order in which a sample passes them, which is also the alphabetical order of their folders. */
export const STAGES = ['ble', 'devices', 'model', 'motion', 'rules', 'safety', 'sinks', 'web'] as const;

/** Same input, same bits out: no input or output, no clock, no randomness. */
export const PURE_STAGES: readonly string[] = ['devices', 'model', 'motion', 'rules', 'safety'];

interface Zone {
  /** A file belongs to the first zone whose pattern it matches. */
  readonly files: RegExp;
  /** Files of the repository that it may import, beside those of its own zone. */
  readonly mayImport: RegExp;
  readonly node: boolean;
}

const MODEL = 'src/model/';

const ZONES: Readonly<Record<string, Zone>> = {
  'the page': { files: /^src\/web\/page\//, mayImport: /^src\/(model\/|web\/wire\.ts$)/, node: false },
  ...Object.fromEntries(
    ['mqtt', 'influx', 'sqlite'].map((sink): [string, Zone] => [
      `sinks/${sink}`,
      { files: new RegExp(`^src/sinks/${sink}/`), mayImport: /^src\/(model\/|sinks\/[^/]+$)/, node: true },
    ]),
  ),
  ...Object.fromEntries(
    STAGES.map((stage): [string, Zone] => [
      stage,
      {
        files: new RegExp(`^src/${stage}/`),
        mayImport: stage === 'rules' ? /^src\/(model\/|motion\/index\.ts$)/ : new RegExp(`^${MODEL}`),
        node: !PURE_STAGES.includes(stage),
      },
    ]),
  ),
  'the composition': { files: /^src\/(app\/|[^/]+$)/, mayImport: /^src\//, node: true },
  'firmware-mocks': { files: /^firmware-mocks\//, mayImport: new RegExp(`^${MODEL}`), node: true },
  fixtures: { files: /^fixtures\//, mayImport: /^(src\/model|firmware-mocks)\//, node: true },
  grafana: { files: /^grafana\//, mayImport: /^src\/(model|motion|rules|sinks\/influx)\//, node: true },
};

/** Where each package may be imported in `src`, `firmware-mocks`, `fixtures` and `grafana`. */
const FENCES: Readonly<Record<string, RegExp>> = {
  '@abandonware/noble': /^src\/ble\/loadNoble\.ts$/,
  '@abandonware/bluetooth-hci-socket': /^src\/ble\/loadNoble\.ts$/,
  '@stoprocent/noble': /^src\/ble\/loadNoble\.ts$/,
  '@stoprocent/bluetooth-hci-socket': /^src\/ble\/loadNoble\.ts$/,
  '@foxglove/wasm-zstd': /^src\/app\/recording\/zstd\.ts$/,
  '@grafana/grafana-foundation-sdk': /^grafana\//,
  '@mcap/core': /^src\/app\/recording\/mcap[A-Z]\w*\.ts$/,
  aedes: /^src\/sinks\/mqtt\//,
  express: /^src\/web\/(?!page\/)/,
  'express-rate-limit': /^src\/web\/(?!page\/)/,
  'fft-js': /^src\/motion\/dsp\/spectrum\.ts$/,
  helmet: /^src\/web\/(?!page\/)/,
  influx: /^src\/sinks\/influx\//,
  libsql: /^src\/sinks\/sqlite\//,
  'ml-matrix': /^src\/motion\//,
  mqtt: /^src\/sinks\/mqtt\//,
  'node:sqlite': /^src\/sinks\/sqlite\//,
  pino: /^src\/app\//,
  preact: /^src\/web\/page\//,
  'prom-client': /^src\/app\//,
  protobufjs: /^src\/app\/recording\/imuMessage\.ts$/,
  uplot: /^src\/web\/page\//,
  vite: /^src\/web\/page\/vite\.config\.ts$/,
  yaml: /^src\/(app\/|[^/]+$)/,
  zod: /^src\/(app|rules|sinks|web(?!\/page))\/|^src\/[^/]+$/,
};

/** Modules that are only known at run time: noble's own files, and the virtual radio that takes the adapter's place. */
const MAY_COMPUTE = new Set(['src/ble/loadNoble.ts', 'src/ble/radioChild.ts']);

const zoneOf = (path: string): [name: string, zone: Zone] | undefined =>
  Object.entries(ZONES).find(([, { files }]) => files.test(path));

/** Whether the rule says something about this file; tests and benchmarks may import everything. */
export const isRuled = (path: string): boolean => zoneOf(path) !== undefined;

/** @returns one line for each import that the rule forbids. */
export function importViolations(path: string, text: string): string[] {
  const found = zoneOf(path);
  if (!found) return [];
  const [name, zone] = found;
  return parseSource(path, text).requests.flatMap((request) => {
    const problem = problemOf(path, zone, request);
    return problem === undefined ? [] : [`${path}:${request.line}: ${name} may not import ${problem}`];
  });
}

function problemOf(path: string, zone: Zone, { specifier }: ModuleRequest): string | undefined {
  if (specifier === undefined) return MAY_COMPUTE.has(path) ? undefined : 'a module that is computed at run time';
  if (/^\.{1,2}\//.test(specifier)) return relativeProblem(path, zone, specifier);
  const packageName = packageOf(specifier);
  const fence = FENCES[packageName];
  if (fence) return fence.test(path) ? undefined : `${packageName}, whose place is ${fence.source}`;
  if (packageName.startsWith('node:')) return zone.node ? undefined : packageName;
  return `${packageName}, which has no place of its own yet`;
}

function relativeProblem(path: string, zone: Zone, specifier: string): string | undefined {
  const target = posix.join(posix.dirname(path), specifier);
  if (zone.files.test(target) && zoneOf(target)?.[1] === zone) return undefined;
  return zone.mayImport.test(target) ? undefined : target;
}

/** `node:` even where it was left out. */
function packageOf(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/');
  const name = specifier.startsWith('@') ? `${first}/${second}` : first;
  return builtinModules.includes(name) ? `node:${name}` : name;
}
