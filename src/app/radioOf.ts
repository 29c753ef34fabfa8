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

/** Ctrl-C in a terminal reaches the radio process as well, and may end it before we have heard of it ourselves. */
const SIGNAL_DELAY_MS = 200;

/** @returns false when it was called off. @throws PlumblineError `radio/unavailable` with what to do about it */
export async function startRadio(radio: RadioProcess, signal: AbortSignal): Promise<boolean> {
  try {
    await radio.start(signal);
  } catch (error) {
    await new Promise((resolve) => setTimeout(resolve, SIGNAL_DELAY_MS));
    if (!signal.aborted) throw error;
  }
  return !signal.aborted;
}
