package dossier

import (
	"context"
	"fmt"
	"slices"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/procedure"
)

// Way chooses what happens in the life of a past dossier beside the straight way to its result.
type Way struct {
	Ask    bool // completing papers is asked for once, while the dossier is examined
	Early  bool // the same before it is received; for dossiers that came online
	Back   bool // an examination or a draft result is sent back once for rework
	Extend int  // working days by which the leader puts the date off; 0 does not
	Duty   bool // a financial duty is stated and met, where the process knows one
	Pay    bool // the fee is paid right after receipt
}

// The kinds of steps of a past life, each one act of one person.
const (
	PastFiled   = "filed"   // handed in; anywhere but online it is received in the same act
	PastTask    = "task"    // a task is completed
	PastAsk     = "ask"     // papers are asked for: the clock stands
	PastAnswer  = "answer"  // they are handed in: the clock runs
	PastExtend  = "extend"  // the date is put off
	PastDuty    = "duty"    // the financial duty is stated
	PastPayment = "payment" // money is received
)

// PastStep is one step of a Life as its author sees it, who gives each its time.
type PastStep struct {
	Kind     string
	Outside  bool // the applicant acts, whose time is not office time
	Minutes  int  // budget of the task in office minutes, 0 where the process gives none
	Receives bool // with this step the clock begins
	Finishes bool // with this step the clock stops for good
}

// PastWay is a life without its times and people: every step that the process engine and the acts
// of this package take, recorded once and then told again with other times.
type PastWay struct {
	Version *procedure.Compiled
	Channel Channel
	Term    worktime.Term
	Steps   []PastStep
	Papers  []string // codes of the components that are handed in

	way       Way
	acts      []pastAct
	tasks     []pastTask
	process   string // the engine's last state, as stored
	entries   int
	fee       procedure.FeeQuote
	defect    Defect
	defects   string // as stored
	term      string
	field     string
	status    Status
	hasNumber bool
}

// pastAct is what one act did.
type pastAct struct {
	kind    string
	task    int // the task it worked on, -1 for none
	entries []pastEntry
	ended   []int
	began   []int
	open    []int // tasks open after it
	holder  int   // the task whose agency holds the dossier from now on, -1 leaves it
	clock   []worktime.Entry
	days    dayDelta
	isOpen  bool // counts among the open ones after it
	received, finished,
	returned bool
}

// pastEntry is a line of the history; data that is not the same in every life is made when it is told.
type pastEntry struct {
	act, node, note string
	status          Status
	data            string
	number          bool // data holds pastNumber, to be replaced
}

// pastTask is one task of the life.
type pastTask struct {
	node     *bpmn.Node
	token    int
	role     string
	state    string
	outcome  string
	note     string
	undo     int  // the task that its transfer opened and that could be taken back, -1 for none
	taken    bool // accepted by whoever received at the counter
	assigned bool // given to somebody of its role
}

// pastNumber stands for the number and sign of a result until it is known; no text can hold it.
const pastNumber = "\x00number\x00"

// The sentences a past life writes where the acts ask for one.
const (
	pastAskReason    = "Hồ sơ còn thiếu giấy tờ cần thiết để giải quyết."
	pastAskWhat      = "Bản chụp mờ, chưa đọc được đầy đủ; đề nghị nộp lại bản rõ."
	pastAnswerNote   = "Đã bổ sung theo yêu cầu."
	pastBackNote     = "Đề nghị kiểm tra, hoàn thiện lại."
	pastExtendReason = "Cần thêm thời gian xác minh với cơ quan phối hợp."
	pastDutyNotice   = "Thông báo nộp nghĩa vụ tài chính."
)

// recorder walks a process through the acts of this package, in memory.
type recorder struct {
	s     *Service
	sc    scene
	w     *PastWay
	d     *Dossier
	open  []*Task
	at    map[*Task]int // place of each task in w.tasks
	asked bool
	early bool
	back  bool
	dutyN bool
	ext   bool
}

// anybody stands for the official of whose act only the role matters.
func anybody() id.ID { return id.ID{1} }

// mostActs bounds a life, so that a process that never ends is an error and no endless loop.
const mostActs = 60

// record walks the procedure's process along the way, for a dossier filed with the agency. It fails
// with Conflict where the agency's lanes lead nowhere.
func (s *Service) record(ctx context.Context, version, offer id.ID, channel Channel, way Way) (*PastWay, error) {
	proc, err := s.Procedures.ByVersion(ctx, version)
	if err != nil {
		return nil, err
	}
	at, err := s.places(ctx, &proc.Record, offer)
	if err != nil {
		return nil, err
	}
	tree, err := s.Agencies.Tree(ctx)
	if err != nil {
		return nil, err
	}
	cal, err := s.Calendars.Calendar(ctx, at.decision)
	if err != nil {
		return nil, err
	}
	r := &proc.Record
	w := &PastWay{Version: proc, Channel: channel, way: way, fee: r.Fee(channel, 1), field: FieldKey(r)}
	w.Term, _ = r.Term(channel)
	w.term = db.JSON(w.Term)
	w.defect = Defect{What: pastAskWhat}
	for _, c := range r.ComponentsOf("") {
		if c.Required && !c.EForm && !c.Presented {
			w.Papers = append(w.Papers, c.Code)
			if w.defect.Component == "" {
				w.defect.Component, w.defect.Name = c.Code, c.Name
			}
		}
	}
	w.defects = db.JSON([]Defect{w.defect})
	if way.Extend > 0 && w.Term.N == 0 {
		w.way.Extend = 0
	}
	if !slices.ContainsFunc(proc.Process.Nodes, func(n bpmn.Node) bool { return n.Action == ActionPay }) {
		w.way.Duty = false
	}
	// Times do not matter while the steps are recorded: without a term nothing is ever due.
	rec := &recorder{s: s, w: w, at: map[*Task]int{}, sc: scene{now: s.Now(), tree: tree, proc: proc, cal: cal,
		who: actor.Actor{Kind: actor.Staff, Name: "-", Account: anybody()}}}
	rec.d = &Dossier{ProcedureCode: proc.Code, Channel: channel, Status: StatusNew, Reception: at.reception, Decision: at.decision,
		Holder: at.reception}
	if err := rec.walk(); err != nil {
		return nil, fmt.Errorf("procedure %s by channel %d: %w", proc.Code, channel, err)
	}
	w.process, w.entries, w.status = db.JSON(rec.d.Process), rec.d.Entries, rec.d.Status
	for t, i := range rec.at {
		x := &w.tasks[i]
		x.state, x.outcome, x.note, x.undo = t.State, t.Outcome, t.Note, -1
		if len(t.Undo.Opened) == 1 {
			for u, j := range rec.at {
				if u.ID == t.Undo.Opened[0] {
					x.undo = j
				}
			}
		}
	}
	return w, nil
}

// walk goes from filing to the end of the process.
func (r *recorder) walk() error {
	files := 0
	if r.w.Channel == Online {
		files = len(r.w.Papers)
	}
	if err := r.act(PastFiled, nil, func(c *change) error {
		c.fresh = true
		c.days.submitted++
		return c.start(r.w.Channel != Online, files)
	}); err != nil {
		return err
	}
	for len(r.w.acts) < mostActs {
		if r.d.Process.Done {
			return nil
		}
		if len(r.open) == 0 {
			return fault.New(fault.Conflict, "dossier.task_gone")
		}
		if err := r.next(r.open[0]); err != nil {
			return err
		}
	}
	return fault.New(fault.Conflict, "dossier.task_gone")
}

// next does what the way asks for at the first open task.
func (r *recorder) next(t *Task) error {
	way, node := r.w.way, r.w.Version.Process.Node(t.Node)
	received := !r.d.Received.IsZero()
	can := func(kind string) *bpmn.Outcome {
		for i := range node.Outcomes {
			if node.Outcomes[i].Kind == kind {
				return &node.Outcomes[i]
			}
		}
		return nil
	}
	switch {
	case t.Role == bpmn.RoleApplicant:
		return r.act(PastAnswer, t, func(c *change) error {
			c.note("answered", t.Node, pastAnswerNote, map[string]any{"n": 1})
			err := c.step(bpmn.Event{Kind: bpmn.EventComplete, Token: t.Token, Outcome: forwardOutcome(node)}, pastAnswerNote)
			c.entries[len(c.entries)-1].Status = c.d.Status
			return err
		})
	case way.Pay && received && r.d.FeePaid == 0 && r.w.fee.Amount > 0 && !way.Duty:
		return r.pay(t, r.w.fee.Amount)
	case t.Action == ActionPay:
		return r.pay(t, max(r.d.Fee-r.d.FeePaid, 1))
	case way.Ask && received && !r.asked && can(bpmn.OutcomeSupplement) != nil:
		r.asked = true
		return r.ask(t)
	case way.Early && !received && !r.early && !way.Ask && can(bpmn.OutcomeSupplement) != nil:
		r.early = true
		return r.ask(t)
	case way.Duty && received && !r.dutyN && r.leadsToPay(node):
		r.dutyN = true
		return r.act(PastDuty, t, func(c *change) error {
			c.d.Fee, c.d.Extra.Duty = 1, pastDutyNotice
			c.note("duty", "", pastDutyNotice, nil)
			return nil
		})
	case way.Extend > 0 && received && !r.ext && r.d.Finished.IsZero():
		r.ext = true
		return r.act(PastExtend, t, func(c *change) error {
			c.d.Clock = append(c.d.Clock, worktime.Entry{Kind: worktime.Extend, At: c.now, Reason: pastExtendReason,
				Term: &worktime.Term{N: way.Extend, Unit: worktime.WorkingDay}})
			c.note("extended", "", pastExtendReason, nil)
			return c.derive()
		})
	case way.Back && received && !r.back && can(bpmn.OutcomeBack) != nil:
		r.back = true
		return r.complete(t, can(bpmn.OutcomeBack).Key, pastBackNote)
	}
	due := r.dutyN && r.d.FeePaid < r.d.Fee // work sent back after it was paid is not paid again
	straight := ""
	for i := range node.Outcomes {
		o := &node.Outcomes[i]
		if o.Kind != bpmn.OutcomeForward && o.Kind != bpmn.OutcomeFinish {
			continue
		}
		if straight == "" || r.opensPay(t, straight) != due && r.opensPay(t, o.Key) == due {
			straight = o.Key
		}
	}
	return r.complete(t, straight, "")
}

// opensPay tells whether the outcome leads straight to a task that waits for money.
func (r *recorder) opensPay(t *Task, outcome string) bool {
	_, effects, err := r.w.Version.Process.Step(r.d.Process, bpmn.Event{Kind: bpmn.EventComplete, Token: t.Token, Outcome: outcome})
	return err == nil && slices.ContainsFunc(effects, func(e bpmn.Effect) bool {
		return e.Kind == bpmn.EffectTaskOpened && e.Node.Action == ActionPay
	})
}

// leadsToPay tells whether some outcome of the open node does.
func (r *recorder) leadsToPay(n *bpmn.Node) bool {
	return slices.ContainsFunc(n.Outcomes, func(o bpmn.Outcome) bool { return r.opensPay(r.open[0], o.Key) })
}

func (r *recorder) complete(t *Task, outcome, note string) error {
	return r.act(PastTask, t, func(c *change) error {
		number := ""
		if t.Action == ActionNumber {
			number, r.w.hasNumber = pastNumber, true
		}
		if err := c.complete(t, Step{Task: t.ID, Outcome: outcome, Note: note, Number: number}, nil); err != nil {
			return err
		}
		if t.Action == ActionAssign && outcome == forwardOutcome(r.w.Version.Process.Node(t.Node)) {
			for _, n := range c.added {
				n.Assignee = anybody() // named when the life is told
			}
		}
		return nil
	})
}

func (r *recorder) ask(t *Task) error {
	return r.act(PastAsk, t, func(c *change) error {
		return c.sendSupplement(t, pastAskReason, map[string]any{"n": 1, "items": []Defect{r.w.defect}})
	})
}

// pay is what Service.Pay does beside its row.
func (r *recorder) pay(t *Task, amount int64) error {
	return r.act(PastPayment, t, func(c *change) error {
		c.d.FeePaid += amount
		c.note("paid", "", "", nil)
		if t.Action == ActionPay {
			if err := c.step(bpmn.Event{Kind: bpmn.EventComplete, Token: t.Token,
				Outcome: forwardOutcome(r.w.Version.Process.Node(t.Node))}, ""); err != nil {
				return err
			}
		}
		c.entries[len(c.entries)-1].Status = c.d.Status
		return nil
	})
}

// act lets fn change the dossier and writes down what it did.
func (r *recorder) act(kind string, t *Task, fn func(c *change) error) error {
	c := &change{scene: r.sc, s: r.s, d: r.d, open: r.open}
	r.sc.now = r.sc.now.Add(time.Hour)
	c.now = r.sc.now
	before, clock := *r.d, len(r.d.Clock)
	if kind == PastAnswer && r.w.Channel == Online || kind == PastFiled && r.w.Channel == Online {
		c.who = actor.Actor{Kind: actor.Citizen}
	}
	if err := fn(c); err != nil {
		return err
	}
	a := pastAct{kind: kind, task: -1, holder: -1, days: c.days, isOpen: r.d.Open(),
		received: before.Received.IsZero() && !r.d.Received.IsZero(),
		finished: before.Finished.IsZero() && !r.d.Finished.IsZero(),
		returned: before.Returned.IsZero() && !r.d.Returned.IsZero()}
	if t != nil {
		a.task = r.at[t]
	}
	for _, n := range c.added {
		r.at[n] = len(r.w.tasks)
		a.began = append(a.began, len(r.w.tasks))
		r.w.tasks = append(r.w.tasks, pastTask{node: r.w.Version.Process.Node(n.Node), token: n.Token, role: n.Role,
			taken: !n.Accepted.IsZero() && kind == PastFiled, assigned: kind != PastFiled && !n.Assignee.Zero()})
		if n.State != "open" {
			a.ended = append(a.ended, r.at[n])
		}
	}
	for _, x := range c.closed {
		a.ended = append(a.ended, r.at[x])
	}
	for _, o := range c.open {
		a.open = append(a.open, r.at[o])
		if a.holder < 0 && !o.Agency.Zero() {
			a.holder = r.at[o]
		}
	}
	if kind == PastDuty || kind == PastExtend { // acts that settle nothing move nothing
		a.holder = -1
	}
	for _, e := range r.d.Clock[clock:] {
		a.clock = append(a.clock, e)
	}
	for _, e := range c.entries {
		data := e.Data
		if data == nil {
			data = map[string]any{}
		}
		_, numbered := data["number"]
		a.entries = append(a.entries, pastEntry{act: e.Act, node: e.Node, note: e.Note, status: e.Status, data: db.JSON(data), number: numbered})
	}
	r.open = c.open
	r.w.acts = append(r.w.acts, a)
	st := PastStep{Kind: kind, Receives: a.received, Finishes: a.finished, Outside: kind == PastAnswer || kind == PastFiled}
	if t != nil && kind == PastTask {
		st.Minutes = r.w.tasks[a.task].node.Budget
	}
	r.w.Steps = append(r.w.Steps, st)
	return nil
}
