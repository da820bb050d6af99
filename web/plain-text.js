// What the API takes in names and reasons is text without controls, line separators, half characters, and marks that turn the
// text beside them around. A paste brings them along, and nobody sees them.
const REFUSED = /[\p{Cc}\p{Cs}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]+/gu;

/** What was typed as a name or a reason. @param {HTMLInputElement} input */
export const plainText = (input) => input.value.replace(REFUSED, ' ').trim();
