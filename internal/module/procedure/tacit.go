package procedure

import "lienthong/internal/kit/fault"

// Effects of a tacit approval.
const (
	TacitMark   = "mark"   // the dossier is marked as approved by silence; officials finish it
	TacitFinish = "finish" // its process goes on at Tacit.Step, the step that follows an approval
)

// Tacit is what happens when a procedure's time limit ends unanswered. Both effects need the legal
// basis as the field's source: without a clause silence means nothing.
type Tacit struct {
	Effect string `json:"effect"`
	Step   string `json:"step,omitempty"` // id of a task of the process; with TacitFinish alone
}

// tacit collects the rules that a record's tacit approval breaks.
func (c *checker) tacit(r *Record) {
	t := r.Tacit.Value
	if t == nil {
		return
	}
	c.among("/tacit/value/effect", t.Effect, TacitMark, TacitFinish)
	if r.Tacit.Source == "" {
		c.add("/tacit/source", "procedure.tacit_basis")
	}
	c.line("/tacit/source", r.Tacit.Source, maxLine)
	c.among("/tacit/status", string(r.Tacit.Status), string(Verified), string(Memory))
	if (t.Effect == TacitFinish) != (t.Step != "") {
		c.add("/tacit/value/step", "procedure.tacit_step")
	}
	c.line("/tacit/value/step", t.Step, maxLine)
}

// tacitStep tells, before publication, that the step a tacit approval goes on with is a task of the
// process.
func tacitStep(v *Version, p *Compiled) []fault.Field {
	t := v.Record.Tacit.Value
	if t == nil || t.Effect != TacitFinish || p.Process == nil {
		return nil
	}
	if n := p.Process.Node(t.Step); n == nil || !n.IsTask() {
		return []fault.Field{{Path: "/tacit/value/step", Key: "procedure.tacit_step"}}
	}
	return nil
}
