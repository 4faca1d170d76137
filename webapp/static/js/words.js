/* The page carries its words on <body data-word-…>, so that this code knows no language. */
export const word = (name) => document.body.dataset["word" + name[0].toUpperCase() + name.slice(1)] || "";
export const csrf = () => document.querySelector('meta[name="csrf-token"]')?.content || "";
export const say = (text) => { const live = document.getElementById("live"); if (live) live.textContent = text; };
export const element = (tag, attributes = {}, ...inside) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...inside);
  return made;
};
/** What stands where something is being fetched. */
export const skeleton = (lines = 3) => element("div", { class: "skeleton" }, element("span", { class: "sr" }, word("loading")), ...Array.from({ length: lines }, () => element("i")));
export const icon = (name) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", "#i-" + name);
  svg.append(use);
  return svg;
};
export const post = (url, fields = {}) => fetch(url, {
  method: "POST", credentials: "same-origin", headers: { "X-CSRF-Token": csrf(), "X-Requested-With": "fetch" },
  body: new URLSearchParams({ csrf_token: csrf(), ...fields }),
});
/* What the desk says in JSON; null where something else answered, such as the login page. */
export const told = async (answer) => {
  if (answer.redirected || !(answer.headers.get("Content-Type") || "").includes("json")) return null;
  return answer.json().catch(() => null);
};
/* Each part handles an element once, also when a piece of the page is brought to life again. */
export const fresh = (root, selector, mark) => [...root.querySelectorAll(selector)].filter((found) => {
  if (found.dataset[mark]) return false;
  found.dataset[mark] = "1";
  return true;
});
