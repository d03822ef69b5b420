package dossierweb

import (
	"context"
	"slices"
	"strings"
	"sync"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
)

// diagrams keeps what was drawn: thousands of dossiers stand at the same place of the same process,
// and drawing it is the dearest part of a look-up. The zero value is ready. What is kept belongs to no
// dossier: the days on which steps were done are put in afterwards.
type diagrams struct {
	mu         sync.Mutex
	young, old map[place]*drawn
}

// place is where dossiers stand: a version of a procedure, and the state of each node of its process.
type place struct {
	version id.ID
	lang    string
	states  string
}

// drawn is the picture of a place and its steps in words.
type drawn struct {
	svg   string
	steps []drawnStep
}

type drawnStep struct {
	node string
	ui.Step
}

// keptPlaces is how many places are kept at most, twice over, of some 15 kB each: a process has about
// a dozen places that most dossiers come by.
const keptPlaces = 1000

// get returns what is kept for the place, or makes and keeps it. What has not been asked for while as
// many others came is forgotten.
func (k *diagrams) get(at place, draw func() *drawn) *drawn {
	k.mu.Lock()
	d := k.young[at]
	if d == nil {
		if d = k.old[at]; d != nil {
			k.keep(at, d)
		}
	}
	k.mu.Unlock()
	if d != nil {
		return d
	}
	d = draw()
	k.mu.Lock()
	k.keep(at, d)
	k.mu.Unlock()
	return d
}

func (k *diagrams) keep(at place, d *drawn) {
	if k.young == nil || len(k.young) >= keptPlaces {
		k.young, k.old = map[place]*drawn{}, k.young
	}
	k.young[at] = d
}

// processOf draws where a dossier stands. What is shown is the published process with the marks of
// this dossier: no names.
func (h *Handlers) processOf(ctx context.Context, v *dossier.View) processView {
	if v.Proc.Process == nil {
		return processView{}
	}
	marks := v.Marks()
	at := place{version: v.ProcedureVersion, lang: i18n.Lang(ctx), states: statesOf(v.Proc.Process, marks)}
	d := h.diagrams.get(at, func() *drawn { return draw(ctx, v, marks) })
	p := processView{svg: d.svg, steps: make([]ui.Step, len(d.steps))}
	for i, s := range d.steps {
		p.steps[i] = s.Step
		if note := marks[s.node].Note; note != "" {
			p.steps[i].Note = strings.TrimPrefix(s.Note+" · "+note, " · ")
		}
	}
	return p
}

// statesOf writes the state of every node and flow that has one down in the order of the process.
func statesOf(d *bpmn.Definition, marks map[string]bpmn.Mark) string {
	b := make([]byte, 0, len(d.Nodes)+len(d.Flows))
	state := func(id string) byte {
		if s := marks[id].State; s != "" {
			return s[0]
		}
		return ' '
	}
	for i := range d.Nodes {
		b = append(b, state(d.Nodes[i].ID))
	}
	for i := range d.Flows {
		b = append(b, state(d.Flows[i].ID))
	}
	return string(b)
}

// draw makes the picture of the place where the dossier stands, without its days.
func draw(ctx context.Context, v *dossier.View, marks map[string]bpmn.Mark) *drawn {
	lang := i18n.Lang(ctx)
	bare := make(map[string]bpmn.Mark, len(marks))
	for id, m := range marks {
		bare[id] = bpmn.Mark{State: m.State}
	}
	process := v.Proc.Process
	out := &drawn{svg: process.SVG(bare, bpmn.SVGOptions{Lang: lang, ID: "qt", Title: tr(ctx, "process_of", "name", v.Proc.Record.Title(lang))})}
	done := 0 // steps up to and with the last one that is done
	for _, o := range process.Outline(bare) {
		n := process.Node(o.ID)
		if n == nil || !n.IsTask() {
			continue
		}
		s := drawnStep{o.ID, ui.Step{Label: o.Title(lang), Note: o.LaneTitle(lang)}}
		switch o.State {
		case bpmn.MarkDone:
			s.State = "done"
		case bpmn.MarkCurrent:
			s.State = "current"
		}
		// What the applicant may be asked on the way is no step ahead of everybody; it shows where
		// it is, once it is asked.
		if l := process.Lane(n.Lane); l != nil && l.Role == bpmn.RoleApplicant {
			if s.State == "current" {
				out.steps = slices.Insert(out.steps, done, s)
			}
			continue
		}
		out.steps = append(out.steps, s)
		if s.State == "done" {
			done = len(out.steps)
		}
	}
	return out
}
