package dossierweb

import (
	"context"
	"net/http"
	"strings"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
)

// maxBulk bounds one bulk act; a page of a worklist has fewer rows.
const maxBulk = 200

// workKeys are the worklist's own shortcuts, for the help.
func workKeys(ctx context.Context, p workPage) []ui.Shortcut {
	keys := []ui.Shortcut{{Key: "C", Label: t(ctx, "dossierweb.claim")}}
	if p.Me.May(dossier.PermApprove) {
		keys = append(keys, ui.Shortcut{Key: "T", Label: t(ctx, "dossierweb.approve")})
	}
	if p.Me.May(dossier.PermReceive) {
		keys = append(keys, ui.Shortcut{Key: "N", Label: t(ctx, "dossierweb.receive_new")})
	}
	return keys
}

func emptyWork(ctx context.Context, p workPage) ui.Empty {
	if p.Counts.All > 0 && !p.Fixed {
		return ui.Empty{Icon: "filter", Title: t(ctx, "dossierweb.nothing_matches"), Text: t(ctx, "dossierweb.nothing_matches_text"),
			Link: ui.Link{Label: t(ctx, "dossierweb.show_all"), Href: p.Path}}
	}
	return ui.Empty{Icon: "checks", Title: t(ctx, "dossierweb.nothing_waits"), Text: t(ctx, "dossierweb.nothing_waits_text")}
}

// bulkRow is one dossier of a bulk act.
type bulkRow struct {
	Value   string // as posted: task and code
	Task    id.ID
	Code    string
	Name    string // procedure
	Who     string // applicant
	Step    string
	Outcome string // what would be done, in words
	key     string
	Trouble string // why it cannot be done, or was not
}

// bulkPage is the question before, or the report after a bulk act.
type bulkPage struct {
	Act  string
	Back string
	Ask  bool
	Rows []bulkRow
	Done int
}

// bulk claims the selected tasks, or approves them after the list was shown once more. The report
// tells row by row; what one row runs into does not keep the others.
func (h *Handlers) bulk(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	p := bulkPage{Act: in.Get("lam"), Back: web.Next(in.Get("ve"), desk)}
	if p.Act != "nhan" && p.Act != "duyet" && p.Act != "duyet-that" {
		return fault.New(fault.Invalid, "web.error.form")
	}
	values := in["viec"]
	if len(values) == 0 {
		web.Flash(w, r, ui.Warn, "dossierweb.select_first")
		return web.Redirect(w, r, p.Back)
	}
	if len(values) > maxBulk {
		return fault.New(fault.TooLarge, "dossierweb.too_many_rows", "n", maxBulk)
	}
	for _, v := range values {
		row, err := h.bulkRow(ctx, v, p.Act != "nhan")
		if err != nil {
			return err
		}
		p.Rows = append(p.Rows, row)
	}
	if p.Act == "duyet" {
		p.Ask = true
		return web.Render(w, r, http.StatusOK, bulkReport(p))
	}
	for i := range p.Rows {
		row := &p.Rows[i]
		if row.Trouble != "" {
			continue
		}
		if p.Act == "nhan" {
			_, err = h.Dossiers.Claim(ctx, row.Task)
		} else {
			_, err = h.Dossiers.Complete(ctx, dossier.Step{Task: row.Task, Outcome: row.key})
		}
		if err != nil {
			words, told := errorWords(ctx, err)
			if !told {
				return err
			}
			row.Trouble = words
			continue
		}
		p.Done++
	}
	return web.Render(w, r, http.StatusOK, bulkReport(p))
}

// bulkRow finds what a selected row stands for.
func (h *Handlers) bulkRow(ctx context.Context, value string, approving bool) (bulkRow, error) {
	task, code, _ := strings.Cut(value, ":")
	row := bulkRow{Value: value, Code: code}
	x, err := idOf(task)
	if err != nil {
		return row, err
	}
	row.Task = x
	d, err := h.Dossiers.ByCode(ctx, code)
	if err == nil {
		row.Name, row.Who = d.ProcedureName, d.Applicant.Name
		var tasks []*dossier.Task
		if tasks, err = h.Dossiers.Tasks(ctx, d.ID); err == nil {
			err = fault.New(fault.Conflict, "dossier.task_gone")
			for _, k := range tasks {
				if k.ID == x && k.State == "open" {
					row.Step = k.Name
					err = nil
					if approving {
						err = h.approvable(ctx, &row, d, k)
					}
				}
			}
		}
	}
	if err != nil {
		words, told := errorWords(ctx, err)
		if !told {
			return row, err
		}
		row.Trouble = words
	}
	return row, nil
}

// approvable finds the one outcome by which a leader approves; a step that leaves a choice, or
// needs more than a yes, is done on the dossier's own page.
func (h *Handlers) approvable(ctx context.Context, row *bulkRow, d *dossier.Dossier, k *dossier.Task) error {
	p, err := h.Procedures.ByVersion(ctx, d.ProcedureVersion)
	if err != nil {
		return err
	}
	n := p.Process.Node(k.Node)
	if n == nil || k.Action != "approve" {
		return fault.New(fault.Conflict, "dossierweb.not_an_approval")
	}
	for _, o := range n.Outcomes {
		if o.Kind != bpmn.OutcomeForward {
			continue
		}
		if row.key != "" || o.NeedsNote {
			return fault.New(fault.Conflict, "dossierweb.approve_singly")
		}
		row.key, row.Outcome = o.Key, o.Title(i18n.Lang(ctx))
	}
	if row.key == "" {
		return fault.New(fault.Conflict, "dossierweb.approve_singly")
	}
	return nil
}

// ready counts the rows that can be approved.
func (p bulkPage) ready() int {
	n := 0
	for _, x := range p.Rows {
		if x.Trouble == "" {
			n++
		}
	}
	return n
}

func bulkTitle(ctx context.Context, p bulkPage) string {
	switch {
	case p.Ask:
		return t(ctx, "dossierweb.approve_ask")
	case p.Act == "nhan":
		return t(ctx, "dossierweb.claim_report")
	}
	return t(ctx, "dossierweb.approve_report")
}
