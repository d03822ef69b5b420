package procedureweb

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/procedure"
)

// canvasView is the page on which a process is drawn.
type canvasView struct {
	d        *procedure.ProcessDraft
	problems []canvasProblem
	choices  offered
	publish  bool
}

// canvasProblem is a problem as the script of the page reads it.
type canvasProblem struct {
	Element string `json:"element"`
	Text    string `json:"text"`
}

// offered is what the fields of a step and of a lane offer.
type offered struct {
	roles, agencies, actions, forms, statuses, kinds []ui.Option
	decisions                                        []string
}

func (h *Handlers) offered(ctx context.Context) (offered, error) {
	forms, err := h.Procedures.Forms(ctx)
	if err != nil {
		return offered{}, err
	}
	c := offered{
		roles:    wordList(ctx, "process.role.", []string{"receiver", "specialist", "division_head", "leader", "clerk", "cashier", bpmn.RoleApplicant}),
		agencies: wordList(ctx, "process.agency.", []string{bpmn.AgencyReception, bpmn.AgencyDecision, bpmn.AgencySuperior, "unit"}),
		actions: wordList(ctx, "process.action.", []string{"receive", "assign", "examine", "check", "opinion", "ask", "approve", "number",
			"pay", "supplement", "return"}),
		kinds: wordList(ctx, "process.kind.", []string{bpmn.OutcomeForward, bpmn.OutcomeBack, bpmn.OutcomeSupplement, bpmn.OutcomeRefuse, bpmn.OutcomeFinish}),
	}
	for n := 1; n <= 10; n++ {
		c.statuses = append(c.statuses, ui.Option{Value: strconv.Itoa(n), Label: strconv.Itoa(n) + ". " + t(ctx, "process.status."+strconv.Itoa(n))})
	}
	for _, f := range forms {
		c.forms = append(c.forms, ui.Option{Value: f.Key, Label: f.Title + " (" + f.Key + ")"})
	}
	if h.Decisions != nil {
		c.decisions, err = h.Decisions(ctx)
	}
	return c, err
}

func wordList(ctx context.Context, prefix string, values []string) []ui.Option {
	var out []ui.Option
	for _, v := range values {
		out = append(out, ui.Option{Value: v, Label: t(ctx, prefix+v)})
	}
	return out
}

// withNone puts a first choice that means nothing is set.
func withNone(ctx context.Context, list []ui.Option) []ui.Option {
	return append([]ui.Option{{Value: "", Label: t(ctx, "process.none")}}, list...)
}

func (h *Handlers) canvas(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	d, err := h.processDraft(r)
	if err != nil {
		return err
	}
	v := canvasView{d: d, problems: h.canvasProblems(ctx, d), publish: mayAll(ctx, procedure.PermPublish)}
	if v.choices, err = h.offered(ctx); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, canvasPage(v))
}

func (h *Handlers) canvasProblems(ctx context.Context, d *procedure.ProcessDraft) []canvasProblem {
	out := []canvasProblem{}
	for _, p := range h.Procedures.DraftProblems(ctx, d) {
		out = append(out, canvasProblem{p.Element, p.Text(i18n.Lang(ctx))})
	}
	return out
}

// saveCanvas stores what the drawing page sends and answers with what is wrong with it. The script
// asks for JSON; a conflict is told by the status alone.
func (h *Handlers) saveCanvas(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	revision, err := strconv.ParseInt(in.Get("revision"), 10, 64)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "web.error.form")
	}
	src, err := fileOf(r, "bpmn", maxDefinition) // as a file: a text field would change its line ends
	if err != nil {
		return err
	}
	d, err := h.Procedures.SaveProcessDraft(ctx, actor.From(ctx), r.PathValue("key"), revision, src)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(struct {
		Revision int64           `json:"revision"`
		Problems []canvasProblem `json:"problems"`
	}{d.Revision, h.canvasProblems(ctx, d)})
}

// canvasWords are the texts the page's script needs: of the drawing library by its own English words,
// of the panel by their keys.
type canvasWords struct {
	Tools map[string]string `json:"tools"`
	Types map[string]string `json:"types"`
	Say   map[string]string `json:"say"`
}

func wordsOfCanvas(ctx context.Context) canvasWords {
	c := canvasWords{Tools: map[string]string{}, Types: map[string]string{}, Say: map[string]string{}}
	if i18n.Lang(ctx) != i18n.EN { // the library speaks English by itself
		for english, key := range canvasTools() {
			c.Tools[english] = t(ctx, "canvas.tool."+key)
		}
	}
	for _, typ := range canvasTypes() {
		c.Types[typ] = t(ctx, "canvas.type."+typ)
	}
	for _, k := range []string{"days", "hours", "minutes", "outcome", "drop", "when", "problems", "no_problems", "saving", "saved", "unsaved",
		"conflict", "signed_out", "refused", "offline", "cannot_open"} {
		c.Say[k] = t(ctx, "canvas.say."+k)
	}
	return c
}

// canvasTypes are the elements that have a name of their own on the panel.
func canvasTypes() []string {
	return []string{"Process", "Collaboration", "Participant", "Lane", "UserTask", "ManualTask", "Task", "ServiceTask", "SendTask", "ReceiveTask",
		"BusinessRuleTask", "ScriptTask", "CallActivity", "SubProcess", "StartEvent", "EndEvent", "IntermediateThrowEvent", "IntermediateCatchEvent",
		"BoundaryEvent", "ExclusiveGateway", "ParallelGateway", "InclusiveGateway", "EventBasedGateway", "SequenceFlow", "MessageFlow",
		"TextAnnotation", "Association", "DataObjectReference", "DataStoreReference", "Group"}
}

// canvasTools are the drawing library's words that people meet, with the key of each text.
func canvasTools() map[string]string {
	return map[string]string{
		"Activate hand tool": "hand", "Activate lasso tool": "lasso", "Activate create/remove space tool": "space", "Activate global connect tool": "connect",
		"Create start event": "start", "Create intermediate/boundary event": "intermediate", "Create end event": "end", "Create gateway": "gateway",
		"Create task": "task", "Create data object reference": "data", "Create data store reference": "store", "Create expanded sub-process": "sub",
		"Create pool/participant": "pool", "Create group": "group", "Create element": "element", "Append element": "append",
		"Append end event": "append_end", "Append gateway": "append_gateway", "Append task": "append_task", "Append intermediate/boundary event": "append_event",
		"Add text annotation": "note", "Connect to other element": "connect_to", "Change element": "change", "Change type": "change", "Delete": "delete", "Remove": "delete",
		"Add lane above": "lane_above", "Add lane below": "lane_below", "Divide into two lanes": "lane_two", "Divide into three lanes": "lane_three",
		"Align elements": "align", "Task": "t_task", "User task": "t_user", "Manual task": "t_manual", "Service task": "t_service", "Send task": "t_send",
		"Receive task": "t_receive", "Script task": "t_script", "Business rule task": "t_rule", "Call activity": "t_call",
		"Exclusive gateway": "g_exclusive", "Parallel gateway": "g_parallel", "Inclusive gateway": "g_inclusive", "Event-based gateway": "g_event",
		"Complex gateway": "g_complex", "Start event": "e_start", "End event": "e_end", "Intermediate throw event": "e_throw",
		"Timer start event": "e_timer_start", "Message start event": "e_message_start", "Timer intermediate catch event": "e_timer", "Message intermediate catch event": "e_message",
		"Timer boundary event": "e_timer_boundary", "Error boundary event": "e_error_boundary", "Terminate end event": "e_terminate", "Error end event": "e_error_end",
		"Sub-process (collapsed)": "s_closed", "Sub-process (expanded)": "s_open", "Event sub-process": "s_event", "Sequence flow": "f_plain",
		"Default flow": "f_default", "Conditional flow": "f_condition", "Parallel multi-instance": "m_parallel", "Sequential multi-instance": "m_sequential",
		"Loop": "m_loop", "Search in diagram": "search", "Search": "search", "Toggle non-interrupting": "toggle", "Element": "e_any",
		"Ad-hoc sub-process (collapsed)": "s_adhoc", "Ad-hoc sub-process (expanded)": "s_adhoc", "Transaction": "s_transaction",
		"Align elements left": "a_left", "Align elements center": "a_center", "Align elements right": "a_right", "Align elements top": "a_top",
		"Align elements middle": "a_middle", "Align elements bottom": "a_bottom", "Distribute elements horizontally": "a_across", "Distribute elements vertically": "a_down",
	}
}
