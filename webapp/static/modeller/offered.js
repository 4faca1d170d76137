/* What runs here, in the words of the desk: the one list behind palette, menus and outline. */
import { bo, is } from "./told.js";
import { t } from "./said.js";
const kind = (id, group, type, icon, word, hint, more = {}) => ({ id, group, type, icon: "bpmn-icon-" + icon, word, hint, ...more });
const timer = { eventDefinitionType: "bpmn:TimerEventDefinition" }, message = { eventDefinitionType: "bpmn:MessageEventDefinition" }, signal = { eventDefinitionType: "bpmn:SignalEventDefinition", rare: true };
export const GROUPS = [["steps", () => t("Steps")], ["ways", () => t("Ways")], ["waits", () => t("Waits")], ["ends", () => t("Begin and end")], ["frame", () => t("Frame")]];
export const KINDS = () => [
  kind("user", "steps", "bpmn:UserTask", "user-task", t("Step for a person"), t("Somebody does it and fills in a form")),
  kind("rule", "steps", "bpmn:BusinessRuleTask", "business-rule-task", t("Rules decide"), t("A ruleset decides, for example on queue and priority")),
  kind("service", "steps", "bpmn:ServiceTask", "service-task", t("The desk acts"), t("Sends a notice, sets a field, writes a note")),
  kind("script", "steps", "bpmn:ScriptTask", "script-task", t("Work out values"), t("Sets variables of the process")),
  kind("call", "steps", "bpmn:CallActivity", "call-activity", t("Shared process"), t("Runs a process that several share")),
  kind("sub", "steps", "bpmn:SubProcess", "subprocess-expanded", t("Part of its own"), t("Steps that belong together and can be interrupted together"), { isExpanded: true }),
  kind("exclusive", "ways", "bpmn:ExclusiveGateway", "gateway-xor", t("Either or"), t("One way goes on, by a condition")),
  kind("parallel", "ways", "bpmn:ParallelGateway", "gateway-parallel", t("At the same time"), t("All ways at once, until they meet again")),
  kind("inclusive", "ways", "bpmn:InclusiveGateway", "gateway-or", t("One or several"), t("Every way whose condition holds")),
  kind("eventbased", "ways", "bpmn:EventBasedGateway", "gateway-eventbased", t("Whatever comes first"), t("Waits for several things and takes the first")),
  kind("timer", "waits", "bpmn:IntermediateCatchEvent", "intermediate-event-catch-timer", t("Wait for a time"), t("Goes on when the time has come"), timer),
  kind("message", "waits", "bpmn:IntermediateCatchEvent", "intermediate-event-catch-message", t("Wait for a message"), t("Goes on when the message is there"), message),
  kind("send", "waits", "bpmn:IntermediateThrowEvent", "intermediate-event-throw-message", t("Send a message"), t("Another part or process can wait for it"), message),
  kind("deadline", "waits", "bpmn:BoundaryEvent", "intermediate-event-catch-timer", t("Deadline of a step"), t("Sits on a step and acts when it takes too long"), { ...timer, border: true }),
  kind("interrupt", "waits", "bpmn:BoundaryEvent", "intermediate-event-catch-message", t("Message to a step"), t("Sits on a step and acts when a message comes meanwhile"), { ...message, border: true }),
  kind("signal", "waits", "bpmn:IntermediateCatchEvent", "intermediate-event-catch-signal", t("Wait for a signal"), t("Goes on when any ticket sends it"), signal),
  kind("signalling", "waits", "bpmn:IntermediateThrowEvent", "intermediate-event-throw-signal", t("Send a signal"), t("Every ticket that waits for it hears it"), signal),
  kind("start", "ends", "bpmn:StartEvent", "start-event-none", t("Begin"), t("Where a new ticket starts")),
  kind("end", "ends", "bpmn:EndEvent", "end-event-none", t("End"), t("Nothing more to do here")),
  kind("terminate", "ends", "bpmn:EndEvent", "end-event-terminate", t("End everything"), t("Ends all that still runs of this process"), { eventDefinitionType: "bpmn:TerminateEventDefinition" }),
  kind("pool", "frame", "bpmn:Participant", "participant", t("Frame with lanes"), t("A lane for each of those who act")),
  kind("note", "frame", "bpmn:TextAnnotation", "text-annotation", t("Remark"), t("For those who read the diagram")),
];
/* What the menu that changes an element may offer, by bpmn-js' own names. */
export const REPLACED = new Set(["replace-with-user-task", "replace-with-manual-task", "replace-with-rule-task", "replace-with-service-task", "replace-with-script-task", "replace-with-call-activity", "replace-with-collapsed-subprocess", "replace-with-expanded-subprocess", "replace-with-subprocess", "replace-with-transaction", "replace-with-receive-task", "replace-with-send-task",
  "replace-with-exclusive-gateway", "replace-with-parallel-gateway", "replace-with-inclusive-gateway", "replace-with-event-based-gateway",
  "replace-with-none-start", "replace-with-none-end", "replace-with-message-end", "replace-with-terminate-end", "replace-with-error-end", "replace-with-escalation-end", "replace-with-cancel-end",
  "replace-with-message-intermediate-catch", "replace-with-message-intermediate-throw", "replace-with-timer-intermediate-catch", "replace-with-escalation-intermediate-throw", "replace-with-signal-intermediate-catch", "replace-with-signal-intermediate-throw", "replace-with-signal-boundary", "replace-with-non-interrupting-signal-boundary", "replace-with-signal-end",
  "replace-with-message-boundary", "replace-with-timer-boundary", "replace-with-error-boundary", "replace-with-escalation-boundary", "replace-with-cancel-boundary", "replace-with-non-interrupting-message-boundary", "replace-with-non-interrupting-timer-boundary", "replace-with-non-interrupting-escalation-boundary",
  "replace-with-sequence-flow", "replace-with-default-flow", "toggle-is-marked-collapsed", "toggle-parallel-mi", "toggle-sequential-mi", "toggle-loop", "toggle-non-interrupting"]);
const definition = (element) => (bo(element).eventDefinitions || [])[0];
/** What an element is, in words, with its sign. */
export function kindOf(element) {
  const one = bo(element), event = definition(element)?.$type;
  const exact = KINDS().find((k) => k.type === one.$type && (k.eventDefinitionType || undefined) === event);
  if (exact) return exact;
  const plain = { "bpmn:Lane": ["lane", t("Lane")], "bpmn:Process": ["participant", t("Process")], "bpmn:Collaboration": ["participant", t("Process")], "bpmn:SequenceFlow": ["connection", t("Way")], "bpmn:ManualTask": ["manual-task", t("Step without a form")], "bpmn:Task": ["task", t("Step without a kind")], "bpmn:ReceiveTask": ["receive-task", t("Wait for a message")], "bpmn:SendTask": ["send-task", t("Send a message")], "bpmn:Transaction": ["transaction", t("Part that can be cancelled")], "bpmn:Association": ["connection", t("Line to a remark")], "bpmn:MessageFlow": ["connection", t("Message between frames")] }[one.$type];
  if (plain) return { icon: "bpmn-icon-" + plain[0], word: plain[1], type: one.$type };
  const family = ["bpmn:SubProcess", "bpmn:BoundaryEvent", "bpmn:EndEvent", "bpmn:StartEvent", "bpmn:IntermediateThrowEvent", "bpmn:IntermediateCatchEvent", "bpmn:Participant"].find((type) => is(one, type));
  const words = { "bpmn:SubProcess": ["subprocess-expanded", t("Part of its own")], "bpmn:BoundaryEvent": ["intermediate-event-none", t("Event of a step")], "bpmn:EndEvent": ["end-event-none", t("End")], "bpmn:StartEvent": ["start-event-none", t("Begin")], "bpmn:IntermediateThrowEvent": ["intermediate-event-none", t("Event")], "bpmn:IntermediateCatchEvent": ["intermediate-event-none", t("Event")], "bpmn:Participant": ["participant", t("Frame with lanes")] }[family] || ["task", (one.$type || "").replace("bpmn:", "")];
  return { icon: "bpmn-icon-" + words[0], word: words[1], type: one.$type };
}
