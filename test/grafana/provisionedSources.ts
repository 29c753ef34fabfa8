/** The data sources as Grafana would read them from `grafana/provisioning/`, the environment filled in. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface ProvisionedSource {
  readonly uid: string;
  readonly url: string;
  readonly database: string;
  readonly username: string;
  readonly password: string;
  readonly httpMode: 'GET' | 'POST';
  /** Shortest interval that a chart may ask for, such as `1s`. */
  readonly timeInterval: string;
}

export type GrafanaEnvironment = Readonly<
  Record<'INFLUX_URL' | 'INFLUX_READER_USER' | 'INFLUX_READER_PASSWORD', string>
>;

interface DatasourceFile {
  readonly datasources: readonly {
    readonly uid: string;
    readonly url: string;
    readonly user: string;
    readonly jsonData: { readonly dbName: string; readonly httpMode: 'GET' | 'POST'; readonly timeInterval: string };
    readonly secureJsonData: { readonly password: string };
  }[];
}

const FILE = new URL('../../grafana/provisioning/datasources/plumbline.yaml', import.meta.url);

/** @throws Error when the file names a variable that is not in the environment. */
export function provisionedSources(environment: GrafanaEnvironment): ProvisionedSource[] {
  const known: Readonly<Record<string, string>> = environment;
  const filledIn = (text: string): string =>
    text.replaceAll(/\$\{?(\w+)\}?/g, (_, name: string) => {
      const value = known[name];
      if (value === undefined) throw new Error(`expected ${Object.keys(known).join(', ')}, found $${name} in the file`);
      return value;
    });
  const file = parse(readFileSync(FILE, 'utf8')) as DatasourceFile;
  return file.datasources.map(({ uid, url, user, jsonData, secureJsonData }) => ({
    uid,
    url: filledIn(url),
    database: jsonData.dbName,
    username: filledIn(user),
    password: filledIn(secureJsonData.password),
    httpMode: jsonData.httpMode,
    timeInterval: jsonData.timeInterval,
  }));
}
