/* Pieces. */
export const pieces = { remember() {}, fromElsewhere: () => false, again() {}, dialog() {} };
