/** A day here, as an input of dates has it. @param {Date} at */
export const dayOf = (at) => [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((n) => String(n).padStart(2, '0')).join('-');

/** The day that is so many days from today. @param {number} days */
export function dayIn(days) {
  const at = new Date();
  return dayOf(new Date(at.getFullYear(), at.getMonth(), at.getDate() + days)); // not each day has 24 hours
}

/** When a day begins here, whatever day it is in Greenwich then. @param {string} day */
export const beginningOf = (day) => new Date(`${day}T00:00`).toISOString();
