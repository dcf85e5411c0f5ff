import { BroadcastChannel, isMainThread } from 'node:worker_threads';

const cannotMeasure = 108;
const channel = 'load-aborted';

/** Ends the test, whichever thread finds that it cannot measure. */
export function abort(reason) {
  if (isMainThread) {
    console.error(reason);
    process.exit(cannotMeasure);
  }
  const toMain = new BroadcastChannel(channel);
  toMain.postMessage(reason);
  toMain.close();
}

/** Listens in the main thread. */
export function endWhenAborted() {
  const fromWorkers = new BroadcastChannel(channel);
  fromWorkers.unref();
  fromWorkers.onmessage = ({ data }) => {
    fromWorkers.close();
    console.error(data);
    // Limits of a test that has not been made to its end say nothing.
    process.env.ARTILLERY_DISABLE_ENSURE = 'true';
    globalThis.artillery.shutdown({ exitCode: cannotMeasure });
  };
}
