// All the screens. A page that shows one of them alone imports that one's file.
export { CountersignChallenge } from './challenge.js';
export { CountersignEnroll } from './enroll.js';
export { CountersignSecurity } from './security.js';
export { CountersignUsers } from './users.js';
export { CountersignPolicy } from './policy.js';
export { addLanguage } from './strings.js';
