/** `plumbline record`: one enrolled wearable, or both of a person, to a recording, without rules, alerts or record. */
import type { Config } from '../config.ts';
import { messageOf } from '../model/errors.ts';
import { pinoLogger } from './pinoLogger.ts';
import { radioOf, startRadio } from './radioOf.ts';
import { recordedWearables, type WearableChoice } from './recordedWearables.ts';
import { createRecording } from './recording/openRecording.ts';
import type { RecordingEnd } from './recording/recorder.ts';
import { RecordingSession } from './recordingSession.ts';
import { untilSignal } from './start.ts';

export interface RecordCommand extends WearableChoice {
  readonly config: Config;
  readonly path: string;
  /** From the first sample on; undefined: until a signal. */
  readonly durationS: number | undefined;
  readonly force: boolean;
}

/** @throws PlumblineError `usage`, `radio/unavailable`, `storage/failed` */
export async function record(command: RecordCommand): Promise<number> {
  const { config, path, durationS, force } = command;
  const wearables = recordedWearables(config.people, command);
  const logger = pinoLogger(config.log.level);
  const radio = radioOf(config, logger);
  const abort = new AbortController();
  const signalled = untilSignal().then((): RecordingEnd => {
    abort.abort();
    return { complete: true };
  });
  const file = await createRecording(path, { force, numbers: 'recorded' });
  const session = new RecordingSession({ wearables, path, durationS, file, radio, logger });
  let end: RecordingEnd;
  try {
    const isOn = await startRadio(radio, abort.signal);
    end = await (isOn ? Promise.race([signalled, session.run()]) : signalled);
  } catch (error) {
    end = { complete: false, reason: messageOf(error) };
  } finally {
    await session.stop();
    await radio.stop();
  }
  return session.finish(end);
}
