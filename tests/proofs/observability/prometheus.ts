import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fs from 'fs-extra';
import { parse, stringify } from 'yaml';
import { freePort } from '../../../src/verify/proxies/ports.js';
import { prometheusPrograms } from '../prometheus-package.js';

export interface Sample {
  labels: Record<string, string>;
  value: number;
}

/** A Prometheus with the rules of a project that asks its processes every second. */
export class Prometheus {
  private constructor(
    private readonly url: string,
    private readonly process: ChildProcess,
  ) {}

  static async start(given: {
    /** The project's folder with prometheus.yml. */
    configuration: string;
    scratch: string;
    /** Hosts and ports by the job of their metrics. */
    targets: Record<string, readonly string[]>;
  }): Promise<Prometheus> {
    const place = fs.mkdtempSync(path.join(given.scratch, 'running-'));
    const config = parse(fs.readFileSync(path.join(given.configuration, 'prometheus.yml'), 'utf8'));
    delete config.alerting;
    Object.assign(config.global, { scrape_interval: '1s', evaluation_interval: '1s' });
    config.scrape_configs = Object.entries(given.targets).map(([job, targets]) => {
      const asked = config.scrape_configs.find(({ job_name }: { job_name: string }) => job_name === job);
      if (!asked) throw new Error(`prometheus.yml has no job ${job}`);
      delete asked.dns_sd_configs;
      return { ...asked, static_configs: [{ targets }] };
    });
    fs.writeFileSync(path.join(place, 'prometheus.yml'), stringify(config));
    fs.copySync(path.join(given.configuration, 'rules.yml'), path.join(place, 'rules.yml'));
    const address = `127.0.0.1:${await freePort()}`;
    const args = [
      '--config.file=prometheus.yml',
      '--storage.tsdb.path=data',
      `--web.listen-address=${address}`,
      '--log.level=error',
    ];
    const options = { cwd: place, stdio: ['ignore', 'inherit', 'inherit'] as const };
    const running = spawn(path.join(prometheusPrograms, 'prometheus'), args, {
      ...options,
      stdio: [...options.stdio],
    });
    return new Prometheus(`http://${address}`, running);
  }

  /** Waits until the instances have been asked for some seconds. */
  async scraped(seconds: number): Promise<void> {
    for (let tries = 0; tries < 200; tries += 1) {
      const found = await this.query(`min(count_over_time(up[1h])) >= ${seconds}`).catch(() => []);
      if (found.length > 0) return;
      await sleep(200);
    }
    throw new Error('Prometheus has not scraped the instances');
  }

  /** @throws Error with what Prometheus says against the query */
  async query(expr: string): Promise<Sample[]> {
    const response = await fetch(`${this.url}/api/v1/query?query=${encodeURIComponent(expr)}`);
    const { data, error } = (await response.json()) as {
      error?: string;
      data: { resultType: string; result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    if (error) throw new Error(error);
    return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGTERM');
    await ended;
  }
}
