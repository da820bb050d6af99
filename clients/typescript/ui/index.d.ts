// The screens by their tags, for document.querySelector and its like.
import type { CountersignChallenge } from './challenge.js';
import type { CountersignEnroll } from './enroll.js';
import type { CountersignPolicy } from './policy.js';
import type { CountersignSecurity } from './security.js';
import type { CountersignUsers } from './users.js';

export type { Verified } from './challenge.js';
export type { Enrolled } from './enroll.js';
export type { CountersignChallenge, CountersignEnroll, CountersignPolicy, CountersignSecurity, CountersignUsers };

declare global {
  interface HTMLElementTagNameMap {
    'countersign-challenge': CountersignChallenge;
    'countersign-enroll': CountersignEnroll;
    'countersign-policy': CountersignPolicy;
    'countersign-security': CountersignSecurity;
    'countersign-users': CountersignUsers;
  }
}
