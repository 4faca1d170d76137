/* What rules can say, narrowed as one types; without a script the desk looks it through. */
const form = document.querySelector("[data-reference]"), field = form.elements.q, count = document.querySelector("[data-count]");
const entries = [...document.querySelectorAll(".reference details, .reference .key")].map((node) => [node, node.closest(".about"), (node.closest(".about").querySelector("h3")?.textContent + "\n" + node.textContent).toLowerCase()]);
const MOST_OPEN = 5;

function narrow() {
  const wanted = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = entries.filter(([node, , text]) => !(node.hidden = !wanted.every((word) => text.includes(word))));
  for (const [node] of entries) if (node.tagName === "DETAILS") node.open = wanted.length > 0 && fits.length <= MOST_OPEN && !node.hidden;
  for (const about of document.querySelectorAll(".reference .about")) about.hidden = !about.querySelector("details:not([hidden]), .key:not([hidden])");
  for (const section of document.querySelectorAll(".reference")) section.hidden = !section.querySelector(".about:not([hidden])");
  count.textContent = count.dataset.some.replace("%(n)s", fits.length);
}
/* Whoever came for all of it need not ask the desk again. */
if (!new URLSearchParams(location.search).get("q")) {
  field.addEventListener("input", narrow);
  form.addEventListener("submit", (event) => event.preventDefault());
  if (field.value) narrow();
}
const named = () => { const node = document.getElementById(decodeURIComponent(location.hash.slice(1))); if (node?.tagName === "DETAILS") { node.open = true; node.scrollIntoView({ block: "center" }); } };
addEventListener("hashchange", named);
named();
