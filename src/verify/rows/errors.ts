import type { Row } from '../row.js';
import { problems } from './problems.js';
import { requests } from './requests.js';
import { validation } from './validation.js';

export const errors: Row[] = [...problems, ...validation, ...requests];
