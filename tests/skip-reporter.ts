import type { Reporter, TestModule } from 'vitest/node';

/** Names at the end the suites that this machine could not run, with the reason, and counts what is recorded as passed. */
export default class SkipReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules.flatMap((module) => [...module.children.allTests('skipped')]);
    const counts = new Map<string, number>();
    for (const test of skipped) {
      const result = test.result();
      if (result.state !== 'skipped' || !result.note) continue;
      const line = `${test.module.relativeModuleId} ${result.note}`;
      counts.set(line, (counts.get(line) ?? 0) + 1);
    }
    for (const [line, count] of counts) console.log(`not run (${count} tests): ${line}`);
    if (counts.size > 0) console.log('With STRICT=1 they fail instead.');
  }
}
