/** A radio for a command that runs beside no service. */
import { RadioProcess } from '../ble/radioProcess.ts';
import type { Config } from '../config.ts';
import { PlumblineError } from '../model/errors.ts';
import type { Logger } from '../model/ports.ts';
import { radioAdapterOf } from './start.ts';

/** @throws PlumblineError `config/invalid` when the configuration says that there is none */
export function radioOf(config: Config, logger: Logger): RadioProcess {
  const adapter = radioAdapterOf(config);
  if (adapter) return new RadioProcess({ adapter, logger });
  throw new PlumblineError('config/invalid', 'radio.adapter: expected simulated or noble for this command, found none');
}
