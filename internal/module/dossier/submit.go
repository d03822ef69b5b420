package dossier

import (
	"context"
	"encoding/json"
	"slices"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/form"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
	"lienthong/internal/module/procedure"
)

// Problems returns what keeps the draft from being submitted: fields in the order of the pages,
// then papers that are missing.
func (s *Service) Problems(ctx context.Context, d *Draft) ([]fault.Field, error) {
	proc, err := s.Procedures.ByVersion(ctx, d.ProcedureVersion)
	if err != nil {
		return nil, err
	}
	files, err := s.Files(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	_, out := s.problems(proc, d, files)
	return out, nil
}

// problems returns the answers as they are stored, or what is wrong with the draft.
func (s *Service) problems(proc *procedure.Compiled, d *Draft, files []File) (answers json.RawMessage, out []fault.Field) {
	answers = json.RawMessage("{}")
	if proc.Form != nil {
		answers, out = proc.Form.Check(d.Data, civil.From(s.Now()))
	}
	for _, c := range proc.Record.ComponentsOf(d.Extra.Case) {
		if !c.Required || c.EForm || c.Presented || d.Channel != Online && slices.Contains(d.Extra.Shown, c.Code) {
			continue
		}
		if !slices.ContainsFunc(files, func(f File) bool { return f.Component == c.Code && f.Sum != "" }) {
			out = append(out, fault.Field{Path: "paper." + c.Code, Key: "dossier.paper_missing", Args: fault.Args("name", c.Name)})
		}
	}
	if d.Channel != Online && !d.Extra.Consent {
		out = append(out, fault.Field{Path: "consent", Key: "dossier.consent_missing"})
	}
	return answers, out
}

// Submit files the draft: a citizen's goes to the counter's worklist as new, an official's is
// received at once. It checks everything again, takes the dossier code, starts the process and
// stores all of it in one transaction. Submitting a draft again returns the dossier it became.
func (s *Service) Submit(ctx context.Context, draft id.ID) (*Dossier, error) {
	who := actor.From(ctx)
	dr, err := s.Draft(ctx, draft)
	if fault.KindOf(err) == fault.NotFound {
		return s.submitted(ctx, draft, err)
	}
	if err != nil {
		return nil, err
	}
	proc, err := s.Procedures.ByVersion(ctx, dr.ProcedureVersion)
	if err != nil {
		return nil, err
	}
	at, err := s.mayFile(ctx, who, &proc.Record, dr.Agency, dr.Channel)
	if err != nil {
		return nil, err
	}
	sc, err := s.scene(ctx, dr.ProcedureVersion, at.decision, "")
	if err != nil {
		return nil, err
	}
	files, err := s.Files(ctx, draft)
	if err != nil {
		return nil, err
	}
	answers, wrong := s.problems(sc.proc, dr, files)
	if len(wrong) > 0 {
		return nil, fault.Input("dossier.incomplete", wrong...)
	}
	d, err := s.fromDraft(who, dr, answers, sc, at)
	if err != nil {
		return nil, err
	}
	var out *Dossier
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		copy := *d
		c := &change{scene: sc, s: s, d: &copy, fresh: true, offer: dr.Agency}
		c.days.submitted++
		if err := c.start(dr.Channel != Online, len(files)); err != nil {
			return err
		}
		n, err := tx.Exec(`DELETE FROM dossier_draft WHERE id = $1 AND version = $2`, dr.ID, dr.Version)
		if err != nil {
			return err
		}
		if n != 1 {
			return fault.New(fault.Conflict, "dossier.draft_changed")
		}
		if err := dropUnfinished(tx, dr.ID, "paper"); err != nil {
			return err
		}
		out = c.d
		return c.flush(tx)
	})
	if fault.KindOf(err) == fault.Conflict {
		return s.submitted(ctx, draft, err)
	}
	return out, err
}

// submitted returns the dossier that the draft has become, or the trouble that was met.
func (s *Service) submitted(ctx context.Context, draft id.ID, trouble error) (*Dossier, error) {
	d, err := s.get(s.DB.Read(ctx), draft)
	if err != nil {
		return nil, trouble
	}
	if err := s.mayView(ctx, d); err != nil {
		return nil, trouble
	}
	return d, nil
}

// start runs the process from its beginning and, at a counter, through receipt.
func (c *change) start(receive bool, files int) error {
	vars := map[string]any{"channel": c.d.Channel}
	c.note("submitted", "", "", map[string]any{"channel": c.d.Channel, "files": files})
	if err := c.step(bpmn.Event{Kind: bpmn.EventStart, Vars: vars}, ""); err != nil {
		return err
	}
	c.emit(SubjectOpened, c.fact())
	if !receive {
		return nil
	}
	for _, t := range c.open {
		if t.Action != ActionReceive {
			continue
		}
		key := forwardOutcome(c.proc.Process.Node(t.Node))
		if key == "" {
			break
		}
		t.Accepted, t.Assignee, t.AssigneeBy = c.now, c.who.Account, c.who.Name
		return c.receive(t, key, "")
	}
	return fault.New(fault.Conflict, "dossier.no_receipt_step")
}

// receive takes the dossier into the office: from here the clock runs.
func (c *change) receive(t *Task, outcome, note string) error {
	d := c.d
	d.Received = c.now
	c.underRulesOf(c.today())
	d.Clock = append(d.Clock, worktime.Entry{Kind: worktime.Receive, At: c.now})
	d.Status = StatusReceived
	c.days.received++
	c.note("received", t.Node, note, nil)
	if err := c.step(bpmn.Event{Kind: bpmn.EventComplete, Token: t.Token, Outcome: outcome}, note); err != nil {
		return err
	}
	c.emit(SubjectReceived, c.fact())
	return nil
}

func forwardOutcome(n *bpmn.Node) string {
	if n != nil {
		for _, o := range n.Outcomes {
			if o.Kind == bpmn.OutcomeForward {
				return o.Key
			}
		}
	}
	return ""
}

// fromDraft makes the dossier a valid draft describes.
func (s *Service) fromDraft(who actor.Actor, dr *Draft, answers json.RawMessage, sc scene, at places) (*Dossier, error) {
	r := &sc.proc.Record
	fee := r.Fee(dr.Channel, dr.Extra.Copies)
	term, _ := r.Term(dr.Channel)
	d := &Dossier{ID: dr.ID, Status: StatusNew, ProcedureVersion: dr.ProcedureVersion, ProcedureCode: dr.ProcedureCode,
		ProcedureName: r.Name.Value, Field: FieldKey(r), Channel: dr.Channel, Regime: sc.rule.Key,
		Reception: at.reception, Decision: at.decision, Holder: at.reception, Applicant: applicant(dr.Data),
		Form: answers, Extra: dr.Extra, Term: term, Day: civil.From(sc.now), Submitted: sc.now,
		Fee: fee.Amount, FeeText: fee.Text, Delivery: dr.Extra.Delivery}
	d.Applicant.Lang = who.Lang
	if dr.Channel == Online {
		d.Account = who.Account
	} else {
		d.Assisted, d.Extra.FiledBy = who.Agency, who.Name
		if d.Applicant.Name == "" {
			return nil, fault.Input("dossier.incomplete", fault.Field{Path: "/applicant/name", Key: "form.required"})
		}
	}
	return d, nil
}

// FieldKey names a procedure's field of government in dossiers and filters: its code, or its name
// where the national code is not known.
func FieldKey(r *procedure.Record) string {
	if c := r.Field.Value.Code; c != "" {
		return c
	}
	return r.Field.Value.Name
}

// applicant reads the person from the paths that every form shares.
func applicant(data map[string]any) Applicant {
	get := func(key string) string { return text.Line(form.String(data, "/applicant/"+key)) }
	return Applicant{Name: get("name"), Birth: get("birth_date"), Doc: get("cccd"), Phone: get("phone"),
		Email: get("email"), Address: get("address")}
}
