/* CodeMirror as the rules need it, in a shadow root: there its styles are adopted sheets, which need no exception in
   the policy of the page. It knows nothing of the desk. */
import { Compartment, EditorState, Prec } from "../vendor/codemirror/codemirror-state.js";
import { EditorView, drawSelection, dropCursor, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers, rectangularSelection } from "../vendor/codemirror/codemirror-view.js";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit } from "../vendor/codemirror/codemirror-language.js";
import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from "../vendor/codemirror/codemirror-commands.js";
import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, completionStatus, hasNextSnippetField, nextSnippetField, snippet, startCompletion } from "../vendor/codemirror/codemirror-autocomplete.js";
import { lintGutter, lintKeymap, setDiagnostics } from "../vendor/codemirror/codemirror-lint.js";
import { highlightSelectionMatches, searchKeymap } from "../vendor/codemirror/codemirror-search.js";
import { yaml } from "../vendor/codemirror/codemirror-lang-yaml.js";
import { element } from "../js/words.js";
import { look } from "./text_look.js";
import { place } from "./text_place.js";
import { offers } from "./text_offers.js";

const NARROW = matchMedia("(max-width: 760px)");

/** An editor in `box`. `words()` is what can be said, null until it is known; `hear.typed` is told of each change. */
export function editor({ box, text, label, hint, phrases, fixed, words, hear, keep }) {
  const root = box.attachShadow({ mode: "open" });
  const described = element("p", { id: "hint", class: "sr" }, hint);
  let typed = false; // since it has the focus: until then Tab only passes by
  const wraps = new Compartment();
  const wrapping = () => (NARROW.matches ? EditorView.lineWrapping : []);

  const put = (option) => (view, _, from, to) => {
    const already = option.type === "property" && /^:( |\n|$)/.test(view.state.sliceDoc(to, to + 2));
    if (option.snippet && !already) { snippet(option.snippet)(view, _, from, to); startCompletion(view); return; }
    const said = already ? option.short ?? option.put.replace(/: $/, "") : option.put;
    view.dispatch({ changes: { from, to, insert: said }, selection: { anchor: from + said.length }, userEvent: "input.complete" });
    if (option.next && !already) startCompletion(view);
  };
  const source = (context) => {
    const known = words();
    if (!known) return null;
    const found = place(context.state.sliceDoc(), context.pos);
    if (!found || (!context.explicit && found.part === "key" && !found.word && !found.flow)) return null;
    const { from, options } = offers(found, known);
    return options.length ? { from, filter: false, options: options.map((one) => ({ label: one.label, detail: one.detail, type: one.type, apply: put(one) })) } : null;
  };
  const tab = (view) => {
    if (completionStatus(view.state) === "active") return acceptCompletion(view);
    if (hasNextSnippetField(view.state)) return nextSnippetField(view) && startCompletion(view);
    return typed ? indentMore(view) : false;
  };
  /* A new line begins below the key above it, also behind a dash, and further in below a key that has no value yet. */
  const enter = (view) => {
    const { main } = view.state.selection, line = view.state.doc.lineAt(main.head), head = line.text.slice(0, main.head - line.from);
    const [, blanks, dashes] = head.match(/^( *)((?:- +)*)/);
    if (!main.empty || fixed || head.trim() === "" || line.text.slice(head.length).trim() || /[[{,]\s*$/.test(head) || blanks.length + dashes.length >= head.length) return false;
    const deeper = /^[^#]*:\s*(#.*)?$/.test(head) ? 2 : 0, key = /^(?:- +)+[^\s"'{[][^#]*?:(\s|$)/.test(head.trimStart());
    view.dispatch(view.state.replaceSelection("\n" + " ".repeat(blanks.length + (key ? dashes.length : 0) + deeper)), { scrollIntoView: true, userEvent: "input" });
    return true;
  };
  const state = (doc) => EditorState.create({ doc, extensions: [
    lineNumbers(), lintGutter(), foldGutter(), highlightActiveLineGutter(), highlightActiveLine(), history(), drawSelection(), dropCursor(), rectangularSelection(),
    indentUnit.of("  "), EditorState.tabSize.of(2), indentOnInput(), bracketMatching(), closeBrackets(), highlightSelectionMatches(), yaml(), look,
    autocompletion({ override: [source], icons: false, activateOnTypingDelay: 80, maxRenderedOptions: 100 }),
    EditorState.phrases.of(phrases), EditorState.readOnly.of(fixed), wraps.of(wrapping()),
    EditorView.contentAttributes.of({ "aria-label": label, "aria-describedby": "hint", tabindex: "0", ...(fixed ? { "aria-readonly": "true" } : {}) }),
    Prec.highest(keymap.of([{ key: "Enter", run: (view) => completionStatus(view.state) !== "active" && enter(view) }, { key: "Mod-s", run: () => { keep(); return true; } }, { key: "Tab", run: tab, shift: (view) => (typed ? indentLess(view) : false) }])),
    keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap, ...lintKeymap]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) { typed ||= update.view.hasFocus; hear.typed(); }
      if (update.docChanged || update.selectionSet) hear.at(position(update.state));
      if (update.focusChanged && !update.view.hasFocus) typed = false;
    }),
    EditorView.domEventHandlers({ pointerdown: () => { typed = true; } }),
  ] });
  const position = (now) => { const { head } = now.selection.main, line = now.doc.lineAt(head); return { line: line.number, column: head - line.from + 1 }; };
  const view = new EditorView({ parent: root, root, state: state(text) });
  root.append(described);
  NARROW.addEventListener("change", () => { view.dispatch({ effects: wraps.reconfigure(wrapping()) }); view.requestMeasure(); });
  hear.at(position(view.state));

  return {
    view,
    text: () => view.state.sliceDoc(),
    /** Another text in its place; it can be taken back. Only what differs is changed, so that one stays where one is. */
    replace(next) {
      const now = view.state.sliceDoc();
      let from = 0, end = 0;
      while (from < Math.min(now.length, next.length) && now[from] === next[from]) from += 1;
      while (end < Math.min(now.length, next.length) - from && now[now.length - 1 - end] === next[next.length - 1 - end]) end += 1;
      if (now !== next) view.dispatch({ changes: { from, to: now.length - end, insert: next.slice(from, next.length - end) } });
    },
    /** Findings at their lines: `{line, severity, text, mend}`. */
    mark(problems) {
      const { doc } = view.state;
      view.dispatch(setDiagnostics(view.state, problems.filter((one) => one.line).map((one) => {
        const line = doc.line(Math.min(Math.max(one.line, 1), doc.lines)), blank = line.text.length - line.text.trimStart().length;
        return { from: line.from + blank, to: line.to, severity: one.severity, message: [one.text, one.mend].filter(Boolean).join(" · ") };
      })));
    },
    go(number) {
      const line = view.state.doc.line(Math.min(Math.max(number, 1), view.state.doc.lines));
      view.dispatch({ selection: { anchor: line.from + line.text.length - line.text.trimStart().length }, effects: EditorView.scrollIntoView(line.from, { y: "center" }) });
      view.focus();
    },
  };
}
