/* How the editor looks: by our own tokens, so that light and dark are those of the page. */
import { EditorView } from "../vendor/codemirror/codemirror-view.js";
import { HighlightStyle, syntaxHighlighting } from "../vendor/codemirror/codemirror-language.js";
import { tags } from "../vendor/codemirror/lezer-highlight.js";

const small = { fontFamily: "var(--font)", fontSize: "var(--t-s)" };
const control = { ...small, margin: "0", padding: "3px 8px", border: "1px solid var(--edge)", borderRadius: "var(--r)", background: "var(--surface)", color: "var(--text)" };

const theme = EditorView.theme({
  "&": { height: "100%", color: "var(--text)", background: "var(--surface)", fontSize: "var(--t-s)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55", overscrollBehavior: "contain" },
  ".cm-content": { caretColor: "var(--text)", padding: "6px 0" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--text)", borderLeftWidth: "2px" },
  "& > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": { background: "var(--accent-soft)" },
  ".cm-content ::selection": { background: "var(--accent-soft)" },
  ".cm-activeLine": { background: "color-mix(in srgb, var(--hover) 60%, transparent)" },
  ".cm-gutters": { background: "var(--sunken)", color: "var(--muted)", borderRight: "1px solid var(--line)" },
  ".cm-activeLineGutter": { background: "var(--hover)", color: "var(--text)" },
  ".cm-foldPlaceholder": { background: "var(--sunken)", border: "1px solid var(--line)", color: "var(--muted)", padding: "0 4px" },
  "&.cm-focused .cm-matchingBracket": { background: "var(--accent-soft)", outline: "1px solid var(--accent)" },
  "&.cm-focused .cm-nonmatchingBracket": { background: "var(--late-soft)" },
  ".cm-selectionMatch": { background: "var(--sunken)" },
  ".cm-searchMatch": { background: "var(--mark)" },
  ".cm-searchMatch.cm-searchMatch-selected": { background: "var(--mark)", outline: "2px solid var(--accent)" },
  ".cm-panels": { ...small, background: "var(--raised)", color: "var(--text)" },
  ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-panels.cm-panels-bottom": { borderTop: "1px solid var(--line)" },
  ".cm-panel.cm-search": { padding: "8px 28px 8px 10px", display: "flex", flexWrap: "wrap", gap: "6px", alignItems: "center" },
  ".cm-panel.cm-search br": { display: "none" },
  ".cm-panel.cm-search label": { ...small, display: "inline-flex", gap: "4px", alignItems: "center", margin: "0" },
  ".cm-textfield": { ...control, width: "180px" },
  ".cm-button": { ...control, backgroundImage: "none", cursor: "pointer" },
  ".cm-button:active": { backgroundImage: "none", background: "var(--hover)" },
  ".cm-button:focus-visible, .cm-textfield:focus-visible, .cm-panel.cm-search [name=close]:focus-visible": { outline: "2px solid var(--accent)", outlineOffset: "1px" },
  ".cm-panel.cm-search [name=close]": { color: "var(--text)", fontSize: "18px", padding: "4px 8px" },
  ".cm-tooltip": { ...small, background: "var(--raised)", color: "var(--text)", border: "1px solid var(--line)", borderRadius: "var(--r)", boxShadow: "var(--lift)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "18em", maxWidth: "min(640px, 92vw)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "4px 10px", display: "flex", gap: "8px", alignItems: "baseline" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { background: "var(--accent-solid)", color: "var(--on-accent)" },
  ".cm-completionDetail": { fontFamily: "var(--font)", fontStyle: "normal", color: "var(--muted)", marginLeft: "auto" },
  "li[aria-selected] .cm-completionDetail": { color: "var(--on-accent)" },
  ".cm-diagnostic": { padding: "6px 10px", maxWidth: "min(560px, 90vw)" },
  ".cm-diagnostic-error": { borderLeft: "4px solid var(--late)" },
  ".cm-diagnostic-warning": { borderLeft: "4px solid var(--soon)" },
  ".cm-diagnostic-info": { borderLeft: "4px solid var(--edge)" },
  ".cm-lintRange": { backgroundImage: "none", textDecoration: "underline wavy", textUnderlineOffset: "3px", textDecorationSkipInk: "none" },
  ".cm-lintRange-error": { textDecorationColor: "var(--late)" },
  ".cm-lintRange-warning": { textDecorationColor: "var(--soon)" },
  ".cm-lintRange-info": { textDecorationColor: "var(--edge)" },
  ".cm-lintRange-active": { background: "var(--late-soft)" },
  ".cm-gutter-lint": { width: "1.2em" },
  ".cm-lint-marker": { content: "''", width: "9px", height: "9px", margin: "4px auto 0", borderRadius: "50%" },
  ".cm-lint-marker-error": { background: "var(--late)", borderRadius: "2px" },
  ".cm-lint-marker-warning": { background: "var(--soon)" },
  ".cm-lint-marker-info": { background: "var(--edge)" },
  ".cm-snippetField": { background: "var(--accent-soft)" },
  ".sr": { position: "absolute", width: "1px", height: "1px", overflow: "hidden", clipPath: "inset(50%)" },
});

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--accent)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--ok)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--muted)", fontStyle: "italic" },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: "var(--muted)" },
  { tag: [tags.labelName, tags.typeName, tags.keyword, tags.meta], color: "var(--wait)" },
  { tag: tags.invalid, color: "var(--late)" },
]);

export const look = [theme, syntaxHighlighting(colours)];
