import { type Question, questions } from '../checks/row.js';
import type { ChecklistAnswer, Result } from './result.js';

/** Answers the ten questions of the checklist, in their order, from what became of the rows. */
export function checklist(results: readonly Result[]): ChecklistAnswer[] {
  return (Object.keys(questions) as Question[]).map((question) => {
    const ids = (outcome: Result['outcome']) =>
      results
        .filter((result) => result.outcome === outcome && result.row.evidence.includes(question))
        .map(({ row }) => row.id);
    const passed = ids('passed');
    const failed = [...ids('failed'), ...ids('accepted')];
    const asked = passed.length > 0 ? 'yes' : 'unknown';
    return { question, answer: failed.length > 0 ? 'no' : asked, passed, failed };
  });
}
