import type { Row } from '../row.js';
import { bodyCost } from './body-cost.js';
import { bodyLimits } from './body-limits.js';
import { encodings } from './encodings.js';
import { errorTexts } from './error-texts.js';
import { http } from './http.js';
import { problems } from './problems.js';
import { requests } from './requests.js';
import { validation } from './validation.js';

export const errors: Row[] = [
  ...problems,
  ...validation,
  ...requests,
  ...encodings,
  ...bodyCost,
  ...bodyLimits,
  ...errorTexts,
  ...http,
];
