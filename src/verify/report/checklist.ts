import { type Question, questions } from '../checks/row.js';
import type { ChecklistAnswer, Result } from './result.js';

/** Of an API that is not a generated project, these rows alone show or refute it, whatever style it has. */
const shown: Partial<Record<Question, readonly string[]>> = {
  cached: ['ET2'],
  limited: ['RL1'],
  versioned: ['VE1', 'VE2'],
};

/**
 * Answers the ten questions of the checklist, in their order, from what became of the rows.
 * @param foreign whether the API is not a generated project
 */
export function checklist(results: readonly Result[], foreign = false): ChecklistAnswer[] {
  return (Object.keys(questions) as Question[]).map((question) => {
    const isEvidence = ({ row }: Result) =>
      row.evidence.includes(question) && (!foreign || shown[question]?.includes(row.id) === true);
    const ids = (outcome: Result['outcome']) =>
      results.filter((result) => result.outcome === outcome && isEvidence(result)).map(({ row }) => row.id);
    const passed = ids('passed');
    const failed = [...ids('failed'), ...ids('accepted')];
    const asked = passed.length > 0 ? 'yes' : 'unknown';
    return { question, answer: failed.length > 0 ? 'no' : asked, passed, failed };
  });
}
