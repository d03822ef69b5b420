package dossier

import (
	"context"
	"database/sql"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/procedure"
)

// maxExperience is from how many of the latest dossiers outcomes are counted: enough for shares, few
// enough for a page.
const maxExperience = 500

// Experience implements procedure.TrialPast: how many dossiers of the procedure the agency was given
// in each month of the last twelve, and how the tasks of the latest 500 of them ended.
func (s *Service) Experience(ctx context.Context, code string, decision id.ID) (procedure.Experience, error) {
	out := procedure.Experience{Outcomes: map[string]map[string]int{}}
	today := civil.From(s.Now())
	// The month under way is not over, so the twelve before it count.
	y, m, _ := today.YMD()
	to := civil.Of(y, m, 1) - 1
	from := civil.Of(y-1, m, 1)
	rows, err := s.Figures(ctx, FigureFilter{From: from, To: to, Agencies: []id.ID{decision}, Procedures: []string{code}}, ByMonth)
	if err != nil {
		return out, err
	}
	for _, r := range rows {
		if d, err := civil.Parse(r.Day + "-01"); err == nil {
			_, month, _ := d.YMD()
			out.Months[month-1] += int(r.Submitted)
		}
	}
	type ended struct {
		node, outcome string
		n             int
	}
	list, err := db.Collect[ended](s.DB.Read(ctx).Query(`SELECT node, outcome, COUNT(*) FROM dossier_task
		WHERE state = 'done' AND dossier_id IN (SELECT id FROM dossier_dossier
			WHERE decision_id = $1 AND procedure_code = $2 AND channel IN (1, 2, 3, 4) AND day >= $3 ORDER BY day DESC LIMIT $4)
		GROUP BY node, outcome`, decision, code, from, maxExperience))(func(r *sql.Rows) (e ended, err error) {
		return e, r.Scan(&e.node, &e.outcome, &e.n)
	})
	if err != nil {
		return out, err
	}
	for _, e := range list {
		if out.Outcomes[e.node] == nil {
			out.Outcomes[e.node] = map[string]int{}
		}
		out.Outcomes[e.node][e.outcome] += e.n
	}
	return out, nil
}
