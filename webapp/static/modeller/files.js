/* Names of list items are ids in the file, and several steps may share one; the parser wants each id once.
   Before it reads they are told apart, and after it has written they are what they were. */
const SIGN = "..";
const ITEM = /(<(?:[\w-]+:)?(?:inputDataItem|outputDataItem)\b[^>]*?\bid=")([^"]+)(")/g;
/** The text with every item's id told apart. */
export function apart(xml) {
  let count = 0;
  return xml.replace(ITEM, (all, before, id, after) => `${before}${id}${SIGN}${++count}${after}`);
}
/** The text as it is kept. */
export const together = (xml) => xml.replace(ITEM, (all, before, id, after) => `${before}${id.replace(/\.\.\d+$/, "")}${after}`);
/** Without what no file of the desk can hold: control characters that came along with something pasted. */
export const clean = (text) => text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/gu, "");
export const itemName = (id) => (id || "").replace(/\.\.\d+$/, "");
