/** `plumbline config`: what is in force, or an example. */
import { stringify } from 'yaml';
import { CONFIG_TREE, loadConfig } from '../config.ts';
import { exampleYaml } from './configuration/exampleYaml.ts';
import { withoutSecrets } from './configuration/secrets.ts';
import { mountRows } from './mountSchema.ts';

export async function printExample(): Promise<number> {
  process.stdout.write(exampleYaml(CONFIG_TREE));
  return 0;
}

/** @throws PlumblineError `config/invalid` */
export async function printConfig(path: string | undefined): Promise<number> {
  const { people, ...rest } = loadConfig(path);
  const shown = {
    people: people.map(({ wearables, ...person }) => ({
      ...person,
      wearables: wearables.map((wearable) => ({ ...wearable, mount: mountRows(wearable.mount) })),
    })),
    ...rest,
  };
  process.stdout.write(stringify(withoutSecrets(shown), { lineWidth: 0, collectionStyle: 'any' }));
  return 0;
}
