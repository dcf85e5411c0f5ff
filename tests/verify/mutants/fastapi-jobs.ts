import type { Mutant } from './mutant.js';

const statements = 'app/jobs/statements.py';
const store = 'app/jobs/store.py';
const service = 'app/jobs/service.py';
const relay = 'app/jobs/relay.py';
const runner = 'app/jobs/runner.py';
const exporting = 'app/jobs/export.py';
const work = 'app/jobs/work.py';
const worker = 'app/worker.py';
const router = 'app/jobs/router.py';
const answers = 'app/jobs/dependencies.py';
const metrics = 'app/jobs/metrics.py';
const tracing = 'app/jobs/tracing.py';
const receiving = 'app/jobs/receiving.py';

/** Changes to the background jobs of a FastAPI project. */
export const fastapiJobs: Mutant[] = [
  {
    row: 'JB1',
    name: 'exports the first page alone',
    file: exporting,
    from: 'while count == PAGE:',
    to: 'while not work.done and count == PAGE:',
  },
  {
    row: 'JB1',
    name: 'quotes nothing in CSV',
    file: exporting,
    from: 'csv.writer(text).writerows(rows)',
    to: 'text.writelines(",".join("" if cell is None else str(cell) for cell in row) + "\\r\\n" for row in rows)',
  },
  {
    row: 'JB1',
    name: 'lets caches keep the status of a job',
    file: answers,
    from: '{"cache-control": "no-store"}',
    to: '{"cache-control": "private, max-age=60"}',
  },
  {
    row: 'JB1',
    name: 'says how long to wait for a job that is over',
    file: answers,
    from: 'if job.status not in OVER:',
    to: 'if OVER:',
  },
  {
    row: 'JB2',
    name: 'leaves the jobs of a lost worker to it',
    file: statements,
    from: 'select(JOBS.c.id)\n    .where(JOBS.c.publish_at <= _NOW)\n',
    to: 'select(JOBS.c.id)\n    .where(JOBS.c.publish_at <= _NOW, JOBS.c.status == "queued")\n',
  },
  {
    row: 'JB2',
    name: 'lets a worker write the end of another attempt',
    file: statements,
    from: '_MINE: Final = (JOBS.c.status == "running") & (JOBS.c.attempts == bindparam("attempts"))',
    to: '_MINE: Final = bindparam("attempts", type_=Integer) > 0',
    also: ['JB11'],
  },
  {
    row: 'JB3',
    name: 'publishes a job in its request, before the commit',
    file: service,
    from: 'unit.after_commit(self.relay.wake)',
    to: 'await self.relay._give("00000000-0000-0000-0000-000000000000")',
  },
  {
    row: 'JB3',
    name: 'never sends again what the queue has lost',
    file: statements,
    from: 'publish_at=_later("republish_s")',
    to: 'publish_at=_later("republish_s") + literal_column("interval \'1 day\'")',
  },
  {
    row: 'JB3',
    name: 'logs each time that the queue does not answer',
    file: relay,
    from: 'if not self._failing:',
    to: 'self._every_s = 0.1\n                for _ in range(20):',
  },
  {
    row: 'JB4',
    name: 'publishes jobs of its own requests alone',
    file: relay,
    from: 'async with asyncio.timeout(self._every_s):',
    to: 'async with asyncio.timeout(None):',
  },
  {
    row: 'JB5',
    name: 'does a job as often as it is delivered',
    file: statements,
    from: '_FREE: Final = (JOBS.c.status == "queued") |',
    to: '_FREE: Final = JOBS.c.status.in_(["queued", "running", "succeeded"]) |',
  },
  {
    row: 'JB6',
    name: 'tries a job without end',
    file: store,
    from: 'if job.attempts >= self._config.JOB_MAX_ATTEMPTS:',
    to: 'if False:',
  },
  {
    row: 'JB6',
    name: 'tries again at once',
    file: store,
    from: 'uniform(longest_s / 2, longest_s)',
    to: '0.0',
  },
  {
    row: 'JB6',
    name: 'tells the text of an error',
    file: runner,
    from: 'text = str(error) if isinstance(error, JobError | Problem) else _UNKNOWN',
    to: 'text = f"Traceback: {error}"',
  },
  {
    row: 'JB6',
    name: 'leaves a job that killed its worker in each attempt',
    file: store,
    from: 'if not rows:\n                rows = await transaction.query(statements.BURY',
    to: 'if rows is None:\n                rows = await transaction.query(statements.BURY',
  },
  {
    row: 'JB7',
    name: 'keeps what it cannot finish',
    file: runner,
    from: 'await self._store.give_back(job, work.context())',
    to: 'pass',
  },
  {
    row: 'JB7',
    name: 'counts an attempt that it gives back',
    file: statements,
    from: 'attempts=JOBS.c.attempts - _ONE',
    to: 'attempts=JOBS.c.attempts',
  },
  {
    row: 'JB7',
    name: 'stays ready while it ends',
    file: worker,
    from: 'self._services.lifecycle.phase = "draining"\n',
    to: '',
  },
  {
    row: 'JB7',
    name: 'takes jobs until it has ended',
    file: receiving,
    from: 'await receiver.listen(finish)',
    to: 'await receiver.listen(asyncio.Event())',
  },
  {
    row: 'JB7',
    name: 'ends with an error',
    file: worker,
    from: '        flush_log()\n    return 0',
    to: '        flush_log()\n    return 1',
  },
  {
    row: 'JB8',
    name: 'begins a trace of its own for each job',
    file: tracing,
    from: '{"traceparent": job.trace_parent or ""}',
    to: '{}',
  },
  {
    row: 'JB8',
    name: 'measures milliseconds',
    file: runner,
    from: '.observe(seconds)',
    to: '.observe(seconds * 1000)',
  },
  {
    row: 'JB8',
    name: 'counts the jobs of the first look alone',
    file: metrics,
    from: 'monotonic() - self._counted_at < _KEPT_S',
    to: 'self._counted_at > 0',
  },
  {
    row: 'JB8',
    name: 'leaves the trace out of the lines of a job',
    file: runner,
    from: ' traceId=trace_id(span),',
    to: '',
  },
  {
    row: 'JB9',
    name: 'shows a job to every caller',
    file: router,
    from: 'job.owner == context.principal.id',
    to: 'True',
  },
  {
    row: 'JB9',
    name: 'cancels the job of another caller',
    file: router,
    from: '    await _visible(id, jobs, context_of(request))\n    return await write.run(work)',
    to: '    return await write.run(work)',
    also: ['JB1'],
  },
  {
    row: 'JB9',
    name: 'hides jobs from administrators',
    file: router,
    from: '"admin" in context.principal.roles',
    to: 'False',
  },
  {
    row: 'JB10',
    name: 'shows jobs that have expired',
    file: statements,
    from: 'select(*_ROW).where(_ID, ~_EXPIRED)',
    to: 'select(*_ROW).where(_ID)',
  },
  {
    row: 'JB10',
    name: 'leaves the files of expired jobs',
    file: service,
    from: 'await asyncio.gather(*(files.remove(f"exports/{row[\'id\']}") for row in rows))',
    to: 'pass',
  },
  {
    row: 'JB10',
    name: 'counts the time from the request on',
    file: statements,
    from: '{"publish_at": null(), "expires_at": _later("ttl_s")}',
    to: '{"publish_at": null(), "expires_at": _later("ttl_s") - literal_column("interval \'1 hour\'")}',
  },
  {
    row: 'JB11',
    name: 'finishes a job that was cancelled',
    file: statements,
    from: '_MINE: Final = (JOBS.c.status == "running") &',
    to: '_MINE: Final = JOBS.c.status.in_(["running", "cancelled"]) &',
  },
  {
    row: 'JB11',
    name: 'cancels jobs that wait alone',
    file: statements,
    from: 'JOBS.c.status.in_([literal_column("\'queued\'"), literal_column("\'running\'")])',
    to: 'JOBS.c.status.in_([literal_column("\'queued\'")])',
  },
  {
    row: 'JB11',
    name: 'cancels jobs that are over',
    file: statements,
    from: '    JOBS.c.status.in_([literal_column("\'queued\'"), literal_column("\'running\'")]),\n',
    to: '',
  },
  {
    row: 'JB12',
    name: 'gives no sign of life of a job',
    file: work,
    from: 'await asyncio.sleep(lease_s / 3)',
    to: 'await asyncio.sleep(lease_s * 1000)',
  },
  {
    row: 'JB12',
    name: 'lets an attempt go on for days',
    file: runner,
    from: 'timeout=config.JOB_TIMEOUT_S, return_when',
    to: 'timeout=None, return_when',
  },
];
